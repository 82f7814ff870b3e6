"""The views, a file a page or two."""
