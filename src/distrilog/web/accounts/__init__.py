"""Who has an account, who is invited, where nobody is yet."""
