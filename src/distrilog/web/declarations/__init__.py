"""The weekly declaration: on one screen, on paper, from a file, without a network."""
