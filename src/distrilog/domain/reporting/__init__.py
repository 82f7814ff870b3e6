"""What happened: figures for agencies and the national cell."""
