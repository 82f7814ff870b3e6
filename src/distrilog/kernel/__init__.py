"""What every layer may use: clock, weeks, refusals, scopes, outbox, seals."""
