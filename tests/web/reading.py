"""What a reader sees of a page, and how many queries it took."""

from html.parser import HTMLParser

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext


SILENT = ("script", "style", "svg")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:  # noqa: ARG002
        self.silent += tag in SILENT

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)


def words(response: HttpResponse) -> str:
    """Return the text of a page on one line, no-break spaces made plain."""
    reader = _Reader()
    reader.feed(response.content.decode())
    text = " ".join(reader.pieces).replace("\u00a0", " ").replace("\u202f", " ")
    return " ".join(text.split())


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and given.get("name"):
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            self.forms[-1][1][given["name"]] = given.get("value", "")


def fields(response: HttpResponse, action: str) -> dict[str, str]:
    """Return what the form of an address would send as it stands."""
    reader = _Fields()
    reader.feed(response.content.decode())
    found = [sent for target, sent in reader.forms if target == action]
    assert found, f"no form sends to {action}"
    return {name: value for name, value in found[0].items() if name != "csrfmiddlewaretoken"}


def queries_of(client, address: str) -> int:
    """Return how many queries a page takes, once whatever a process keeps is warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(captured)
