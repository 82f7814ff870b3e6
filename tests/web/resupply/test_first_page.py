"""The first page of a facility: what its neighbours ask of it, and what was handed over to it."""

from datetime import date

from distrilog.domain.resupply import services
from tests.web.decisions.world import AT, acting
from tests.web.reading import words


class TestMyWeek:
    def test_says_that_a_neighbour_lacks_something(self, trouble, lender):
        assert "Un voisin manque" not in words(lender.get("/"))
        trouble.proposed()
        assert "Un voisin manque de protections 1 question" in words(lender.get("/"))

    def test_follows_the_boxes_from_one_door_to_the_other(self, trouble, asker, lender):
        part = trouble.proposed()
        giver, by = acting(trouble.lender), date(2020, 12, 4)
        services.answer(actor=giver, part_id=part.pk, units=200, return_by=by, at=AT)
        services.decide(
            actor=acting(trouble.agency),
            reference=part.line.request.reference,
            choices=[
                services.Choice(kind="neighbour", line=part.line_id, units=200, part_id=part.pk)
            ],
            at=AT,
        )
        assert "Des boîtes à remettre à un voisin" in words(lender.get("/"))
        services.hand_over(actor=giver, part_id=part.pk, units=200, at=AT)
        assert "Des boîtes à remettre" not in words(lender.get("/"))
        assert "Un dépannage vous a été remis" in words(asker.get("/"))
