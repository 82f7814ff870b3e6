"""The page that reads a printed table again, for anyone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from distrilog.domain.distribution import reference
from tests.web.reading import queries_of, words


ADDRESS = "/transparence/tableaux/"


@pytest.fixture
def anyone(db) -> Client:  # noqa: ARG001
    """Return the browser of somebody without an account."""
    return Client()


def send(client, content, name="tableau.csv"):
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content)})


class TestPage:
    def test_shows_the_reference_case_with_both_figures(self, anyone):
        page = words(anyone.get(ADDRESS))
        assert "Total, Masques FFP2 218 000 218 100 −100" in page
        assert "13 × 32 000" in page
        assert "3 545 625" in page
        assert "« 404.00 » n’est pas un nombre entier" in page

    def test_finds_what_is_wrong_in_a_file_that_is_sent(self, anyone):
        answer = send(anyone, b"GHT;Masques;%\nLot;75;70,0\nGers;25;25,0\nTotal;101;95\n")
        page = words(answer)
        assert answer.status_code == 200
        assert "« tableau.csv » ne se tient pas partout" in page
        assert "Total, Masques 101 100 +1" in page
        assert "ligne 2 Lot, % 70,0 75,0 −5,0" in page

    def test_says_so_when_all_of_it_agrees(self, anyone):
        assert "se tient" in words(send(anyone, b"GHT;Masques\nLot;75\nGers;25\nTotal;100\n"))

    def test_lists_the_cells_that_it_does_not_read(self, anyone):
        page = words(send(anyone, b"GHT;Masques\nLot;1,300\nGers;25\nLozere;26\n"))
        assert "peut se lire de deux façons" in page
        assert "1,300 non lu" in page

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"", "vide"), (b"\xd0\xcf\x11\xe0", "mot de passe"), (b"a" * 600_000, "512 Ko")],
    )
    def test_refuses_what_is_no_table(self, anyone, content, said):
        answer = send(anyone, content)
        assert answer.status_code == 422
        assert said in words(answer)

    def test_asks_for_a_file(self, anyone):
        answer = anyone.post(ADDRESS)
        assert answer.status_code == 422
        assert "Choisissez un fichier" in words(answer)

    def test_writes_what_a_file_says_as_text(self, anyone):
        answer = send(anyone, b"GHT;Masques\n<script>x</script>;1\nTotal;2\n", name="<b>.csv")
        assert b"<script>x" not in answer.content
        assert b"<b>.csv" not in answer.content

    def test_reads_nothing_of_the_database(self, anyone):
        assert queries_of(anyone, ADDRESS) <= 1


class TestExample:
    def test_is_the_table_as_printed(self, anyone):
        answer = anyone.get(f"{ADDRESS}exemple.csv")
        assert answer.content == reference.TERRITORIES.read_bytes()
