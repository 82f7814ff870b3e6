"""Commands: import a file of declarations, rebuild the targets."""
