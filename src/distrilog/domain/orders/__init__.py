"""Orders on the portal: pull."""
