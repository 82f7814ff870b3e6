"""The views: who asks, who lends, who decides."""
