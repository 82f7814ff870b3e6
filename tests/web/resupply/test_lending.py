"""Lending: agreeing to be asked, answering, handing over, getting back, the papers."""

import pytest

from distrilog.domain.resupply.models import Lender
from tests.web.reading import words
from tests.web.resupply.world import FFP2


class TestLend:
    def test_explains_and_agrees(self, trouble, asker):
        page = words(asker.get("/entraide/preter/"))
        assert "Rien n’est pris sans votre oui" in page
        assert "Vous gardez vos 21 jours" in page
        assert "jamais votre stock" in page
        sent = {"families": [FFP2], "kilometres": "25", "contact": "Accueil, 01 00 00 00 01"}
        assert "C’est noté" in words(asker.post("/entraide/preter/", sent, follow=True))
        lender = Lender.objects.get(facility=trouble.home)
        assert (lender.families, lender.kilometres) == ([FFP2], 25)
        assert "jusqu’à 25 km" in words(asker.get("/entraide/"))

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"contact": ""}, "Dites qui appeler"),
            ({"kilometres": "7"}, "Choisissez dans la liste"),
            ({"families": ["masque"]}, "Choisissez dans la liste"),
        ],
    )
    def test_refuses_at_the_fields(self, trouble, asker, sent, told):
        usual = {"kilometres": "25", "contact": "Accueil"}
        answer = asker.post("/entraide/preter/", usual | sent)
        assert answer.status_code == 422
        assert told in words(answer)
        assert not Lender.objects.filter(facility=trouble.home).exists()

    def test_stops(self, trouble, lender):
        page = words(lender.post("/entraide/arreter/", follow=True))
        assert "ne vous solliciteront plus" in page
        assert Lender.objects.get(facility=trouble.lilas).ended_at
        assert "Accepter d’être sollicité" in words(lender.get("/entraide/"))
