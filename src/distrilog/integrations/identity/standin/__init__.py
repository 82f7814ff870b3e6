"""
A stand-in for PLAGE: an OpenID Connect provider of its own, in a process and a database of its own.

It gives the same answers as the real one would: one account, several profiles, each bound to a facility,
a role and a domain. It knows nothing of the portal but its address; it never runs in production.
"""
