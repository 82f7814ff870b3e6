"""Ways to help from elsewhere: the first page of a facility, and its declaration."""

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


class TestDeclaration:
    def test_leads_to_help_from_what_is_in_alert(self, trouble, asker):
        key = trouble.home.declarations.get().submissions.get().key
        page = asker.get(f"/declaration/?enregistree={key}")
        assert "Masques FFP2 : Alerte Demander un dépannage" in words(page)
        assert "/depannage/demander/?famille=ffp2" in page.content.decode()
        assert "?famille=gown" not in page.content.decode()
