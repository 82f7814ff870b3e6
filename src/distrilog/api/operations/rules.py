"""Which right an operation asks for: said in the document, enforced by the services and queries it calls."""

from typing import Any

from distrilog.domain.accounts.rules import Deed


# Any token may ask who it is.
AUTHENTICATED = "authenticated"


def ruled(deed: Deed | str, **more: Any) -> dict[str, Any]:
    """Return the part of an operation's description that names its rule."""
    return {"x-rule": str(deed), **more}
