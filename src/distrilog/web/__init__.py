"""The French screens, one folder a journey."""
