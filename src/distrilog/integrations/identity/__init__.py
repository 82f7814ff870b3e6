"""Login by OpenID Connect: PLAGE, and its stand-in."""
