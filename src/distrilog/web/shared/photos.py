"""Photos sent from the field: read with suspicion, kept small, and without anything about who took them or where."""

import struct
import warnings
import zlib
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from distrilog.kernel.refusals import Fault, Invalid


LARGEST_BYTES: Final = 8 * 1024 * 1024
LARGEST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 1600
QUALITY: Final = 80
# Read by content alone: neither the name of a file nor what a browser says of it counts.
FORMATS: Final = ("JPEG", "PNG", "WEBP")
_HOW = "Reprenez la photo avec l’appareil du téléphone (JPEG, PNG ou WebP), ou envoyez sans photo."

# Whatever a decoder trips over, in pixels or in metadata: cut short, or made to mislead.
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    ArithmeticError,
    struct.error,
    zlib.error,
)


def clean_photo(content: bytes) -> bytes:
    """
    Return a photo as a JPEG of at most `LONGEST_SIDE` pixels a side, upright, without metadata.

    Raises Invalid, at `photo`, for what is no still JPEG, PNG or WebP, is cut short, weighs more than
    `LARGEST_BYTES` or would unfold into more than `LARGEST_PIXELS`; the size is read before any pixel is.
    """
    if len(content) > LARGEST_BYTES:
        raise _refused("Cette photo pèse plus de 8 Mo.")
    if not content:
        raise _refused("Cette photo est vide.")
    try:
        with warnings.catch_warnings():
            # Pillow warns of sizes below our own limit; ours is the one that decides.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _reencoded(content)
    except UnidentifiedImageError as error:
        raise _refused("Ce fichier n’est pas une photo.") from error
    except Image.DecompressionBombError as error:
        raise _refused(_too_large()) from error
    except _BROKEN as error:
        raise _refused("Cette photo est incomplète ou abîmée.") from error


def _reencoded(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > LARGEST_PIXELS:
            raise _refused(_too_large())
        if getattr(image, "n_frames", 1) > 1:
            raise _refused("Les images animées ne sont pas acceptées.")
        # A JPEG can be decoded small at once: less memory, less time.
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return _bare_jpeg(upright)


def _bare_jpeg(image: Image.Image) -> bytes:
    """Write the pixels alone, on white where they are transparent: a new image has no metadata to carry over."""
    pixels = image.convert("RGBA")
    bare = Image.new("RGB", pixels.size, "white")
    bare.paste(pixels, mask=pixels.getchannel("A"))
    written = BytesIO()
    bare.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _too_large() -> str:
    return f"Cette image dépasse {LARGEST_PIXELS // 1_000_000} millions de pixels."


def _refused(message: str) -> Invalid:
    return Invalid(Fault(where="photo", message=message, remedy=_HOW))
