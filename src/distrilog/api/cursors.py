"""Where the next page begins, as an opaque value that only this service can make."""

from django.core import signing

from distrilog.kernel.refusals import Fault, Invalid


LONGEST = 400
_SALT = "distrilog.api.cursor"


def write_cursor(value: str | int | None) -> str | None:
    """Return the cursor of the next page, or None on the last one."""
    return None if value in {None, ""} else signing.dumps(value, salt=_SALT)


def read_cursor(cursor: str) -> str | int | None:
    """Return what a cursor says, None when there is none, or refuse one that is not ours."""
    if not cursor:
        return None
    try:
        value = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError):
        value = None
    if isinstance(value, str | int):
        return value
    raise Invalid(
        Fault(
            where="after",
            message="Ce repère de page n’est pas reconnu.",
            remedy="Reprenez la liste depuis sa première page.",
            values={"code": "cursor"},
        )
    )
