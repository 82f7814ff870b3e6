"""Photos: what is accepted, what is left of it, what is refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from distrilog.kernel.refusals import Invalid
from distrilog.web.shared.photos import LARGEST_BYTES, LONGEST_SIDE, clean_photo


RED, BLUE = (200, 20, 20), (20, 20, 200)


def picture(kind: str = "JPEG", size=(60, 40), **values) -> bytes:
    """Return a picture whose left half is red and right half blue."""
    mode = values.pop("mode", "RGB")
    image = Image.new(mode, size, RED if mode == "RGB" else (*RED, 255))
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    written = BytesIO()
    image.save(written, kind, **values)
    return written.getvalue()


def located(orientation: int = 1) -> bytes:
    """Return a picture that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)
    return picture(exif=exif, comment=b"Marie")


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG that announces a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


class TestCleanPhoto:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_makes_a_jpeg_of_what_phones_send(self, kind):
        found = opened(clean_photo(picture(kind)))
        assert (found.format, found.size) == ("JPEG", (60, 40))
        red, _green, blue = found.getpixel((5, 20))
        assert red > 150 > blue

    def test_leaves_out_place_maker_and_comment(self):
        sent = located()
        assert b"Telephone" in sent
        assert opened(sent).getexif().get_ifd(0x8825)

        cleaned = clean_photo(sent)

        found = opened(cleaned)
        assert not found.getexif()
        assert "comment" not in found.info
        assert b"Exif" not in cleaned
        assert b"Telephone" not in cleaned
        assert b"Marie" not in cleaned

    def test_turns_it_upright(self):
        found = opened(clean_photo(located(orientation=6)))
        assert found.size == (40, 60)
        red, _green, blue = found.getpixel((20, 5))
        assert red > 150 > blue

    def test_makes_it_small(self):
        found = opened(clean_photo(picture(size=(4000, 3000))))
        assert found.size == (LONGEST_SIDE, 1200)

    def test_puts_what_is_transparent_on_white(self):
        image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
        written = BytesIO()
        image.save(written, "PNG")
        assert opened(clean_photo(written.getvalue())).getpixel((5, 5)) == (255, 255, 255)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "vide"),
            (b"bonjour", "n’est pas une photo"),
            (
                b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
                "n’est pas une photo",
            ),
            (picture("GIF"), "n’est pas une photo"),
            (picture("BMP"), "n’est pas une photo"),
            (picture("TIFF"), "n’est pas une photo"),
            (picture(size=(600, 400))[:-300], "incomplète"),
            (picture("PNG", size=(600, 400))[:-60], "incomplète"),
            (picture("WEBP", size=(600, 400))[:-30], "incomplète"),
            (bomb(30_000, 30_000), "40 millions"),
            (bomb(8_000, 6_000), "40 millions"),
            (bomb(4_000, 4_000), "incomplète"),
            (picture() + b"\0" * LARGEST_BYTES, "8 Mo"),
        ],
    )
    def test_refuses_the_rest(self, content, words):
        with pytest.raises(Invalid) as refusal:
            clean_photo(content)
        (fault,) = refusal.value.faults
        assert fault.where == "photo"
        assert words in fault.message
        assert "JPEG" in fault.remedy

    def test_refuses_what_moves(self):
        frames = [Image.new("RGB", (10, 10), color) for color in (RED, BLUE)]
        written = BytesIO()
        frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
        with pytest.raises(Invalid) as refusal:
            clean_photo(written.getvalue())
        assert "animées" in str(refusal.value)

    def test_never_fails_otherwise_on_noise(self):
        """A byte changed anywhere in a picture is read or refused, never an error of ours."""
        for kind in ("JPEG", "PNG", "WEBP"):
            good = picture(kind)
            for place in range(0, len(good), 7):
                bad = good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]
                try:
                    assert opened(clean_photo(bad)).format == "JPEG"
                except Invalid:
                    continue
