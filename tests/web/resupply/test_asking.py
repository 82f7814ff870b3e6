"""Asking for help: prefilled by what was declared, refused at the fields, sent once; its life, and what arrived."""

from datetime import timedelta
from uuid import uuid4

import pytest

from distrilog.domain.resupply import services
from distrilog.domain.resupply.models import Part, Request
from distrilog.web.resupply.forms.asking import days_of
from tests.web.decisions.world import AT, acting
from tests.web.people import client_of, profile_of
from tests.web.reading import fields, queries_of, words
from tests.web.resupply.world import FFP2, WORDS, another


ASK = "/depannage/demander/"


def form(**values) -> dict[str, str]:
    """Return what the form sends: four boxes of FFP2 masks unless told."""
    usual = {"boxes-ffp2": "4", "urgency": "days", "words": WORDS, "key": str(uuid4())}
    return usual | values


class TestAsk:
    def test_says_what_was_declared_and_what_presses_first(self, asker):
        page = words(asker.get(ASK))
        assert "Déclaré : 5 boîtes (100 masques), soit 2 jours. Alerte" in page
        assert "Pour tenir sept jours : 13 boîtes" in page
        assert page.index("Masques FFP2") < page.index("Masques chirurgicaux")

    def test_begins_with_what_seven_days_would_take(self, asker):
        sent = fields(asker.get(f"{ASK}?famille=ffp2"), ASK)
        assert sent["boxes-ffp2"] == "13"
        assert sent["boxes-gown"] == ""

    def test_leaves_an_unknown_family_alone(self, asker):
        assert asker.get(f"{ASK}?famille=masque").status_code == 200

    def test_asks_once_and_says_what_happens_next(self, asker):
        sent = form()
        answer = asker.post(ASK, sent, follow=True)
        page = words(answer)
        assert "Votre demande est partie" in page
        asker.post(ASK, sent)
        line = Request.objects.get().lines.get()
        assert (line.family_id, line.units, line.stock) == (FFP2, 80, 100)
        assert line.request.reference in page

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"boxes-ffp2": ""}, "Indiquez au moins une boîte d’un article."),
            ({"boxes-ffp2": "x"}, "Indiquez un nombre entier de boîtes"),
            ({"boxes-ffp2": "-1"}, "ne peut pas être négatif"),
            ({"boxes-ffp2": "1000000000"}, "bien trop grand"),
            ({"urgency": ""}, "Dites quand vous n’aurez plus rien"),
            ({"urgency": "tomorrow"}, "Choisissez dans la liste"),
            ({"words": "  "}, "Dites en une phrase"),
            ({"words": "x" * 501}, "dépasse 500"),
            ({"words": "Mme Durand tousse."}, "nom d’une personne"),
            ({"contact": "x" * 161}, "Au plus 160"),
        ],
    )
    def test_refuses_at_the_fields_and_loses_nothing(self, asker, sent, told):
        answer = asker.post(ASK, form(**sent))
        assert answer.status_code == 422
        assert told in words(answer)
        assert not Request.objects.exists()
        kept = fields(answer, ASK)
        assert kept["boxes-ffp2"] == form(**sent)["boxes-ffp2"]

    def test_lets_a_text_through_that_was_confirmed(self, asker):
        asker.post(ASK, form(words="Mme Durand, cadre, prévient.", named="on"))
        assert Request.objects.get().words == "Mme Durand, cadre, prévient."

    def test_says_that_it_is_asked_already(self, trouble, asker):
        reference = trouble.ask()
        answer = asker.post(ASK, form())
        assert answer.status_code == 422
        assert f"est déjà demandé par {reference}" in words(answer)


class TestDaysOf:
    @pytest.mark.parametrize(
        ("tenths", "told"),
        [(None, ""), (0, "0 jour"), (9, "0,9 jour"), (20, "2 jours"), (21, "2,1 jours")],
    )
    def test_writes_days(self, tenths, told):
        assert days_of(tenths).replace("\u00a0", " ") == told
