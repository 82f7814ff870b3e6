"""Gifts: what donors say they gave, by hand or in a file, and what those who watch facilities read of it."""
