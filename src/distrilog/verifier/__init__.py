"""
Re-checks a sealed run of quotas, whoever made it; shares no code with the rest.

Standard library and `cryptography` only, so that it can be read in an hour and copied elsewhere.
What it recomputes is told in `docs/fair-share.md`.
"""

from distrilog.verifier.verification import verify


__all__ = ["verify"]
