"""What a reader sees of a page."""

from html.parser import HTMLParser

from django.http import HttpResponse


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:  # noqa: ARG002
        self.silent += tag in ("script", "style", "svg")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "svg")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)


def words(response: HttpResponse) -> str:
    """Return the text of a page on one line, no-break spaces made plain."""
    reader = _Reader()
    reader.feed(response.content.decode())
    text = " ".join(reader.pieces).replace("\u00a0", " ").replace("\u202f", " ")
    return " ".join(text.split())
