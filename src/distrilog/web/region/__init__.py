"""An agency's desk: its week, its report, orders from its pot."""
