"""The forms of urgent help, a file a person: who asks, who lends, who decides."""
