"""The regions' own stock: what comes in, how lots are split, what leaves, by whose word."""
