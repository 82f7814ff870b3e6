"""Forms of the platform's tour and of those who watch over platforms."""
