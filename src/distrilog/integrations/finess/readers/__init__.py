"""One module a layout: from a file to records and faults, line by line."""
