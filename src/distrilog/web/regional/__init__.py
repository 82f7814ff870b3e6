"""The region's own stock: its week, what comes, how lots are split, what leaves and by whose word."""
