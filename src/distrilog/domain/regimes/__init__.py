"""The switch between routine and tension; the calendar of windows and weeks."""
