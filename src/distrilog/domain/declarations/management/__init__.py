"""Entry points from the command line."""
