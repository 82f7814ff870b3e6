"""Every change tells who, when, before, after and why."""

from datetime import UTC, datetime, time, timedelta

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from distrilog.domain.accounts.models import Token
from distrilog.domain.facilities.models import FacilityImport
from distrilog.domain.orders.models import Order
from distrilog.domain.orders.rules import Asked
from distrilog.domain.orders.services import amend, cancel, place
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.regimes import services
from distrilog.domain.reporting import trace
from distrilog.domain.reporting.trace import Kind, Wanted
from distrilog.kernel.refusals import Invalid
from distrilog.kernel.weeks import Week
from tests.domain.orders.world import AT, build, declare
from tests.factories import PersonFactory, ProfileFactory, actor, orderer


pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return build()


@pytest.fixture
def clerk(world):
    """Return somebody with a name who orders for the home."""
    person = PersonFactory(name="Camille Essai")
    return orderer(world.home, person=str(person.pk))


def entries(**wanted) -> list[trace.Entry]:
    return list(trace.page(wanted=Wanted(**wanted)).entries)


def told(entry: trace.Entry) -> dict[tuple[str, ...], tuple[object, object]]:
    """Return the changes of an entry by the name and path of the field."""
    return {(each.name, *each.path): (each.before, each.after) for each in entry.changes}


def import_of(**values) -> FacilityImport:
    return FacilityImport.objects.create(
        **{
            "file_name": "finess.csv",
            "digest": "d" * 64,
            "layout": "finess",
            "state": "applied",
            "added": 3,
            "imported_by": "importer",
            "imported_at": AT,
            **values,
        }
    )


class TestPage:
    def test_tells_an_order_as_it_was_placed(self, world, clerk):
        placed = place(actor=clerk, demand=world.demand({"gown": 20, "ffp2": 50}), at=AT)
        (entry,) = entries(kind=Kind.ORDER)
        assert (entry.name, entry.by, entry.at) == ("Camille Essai", clerk.by, AT)
        assert (entry.created, entry.state) == (True, "enregistrée")
        assert entry.subject == f"{placed.reference} · {world.home.name}"
        assert told(entry)["unités", "gown"] == (None, 20)

    def test_tells_the_baskets_of_an_order_from_one_change_to_the_next(self, world, clerk):
        placed = place(actor=clerk, demand=world.demand({"gown": 20}), at=AT)
        for units, why in ((30, "plus"), (10, "moins")):
            lines = [Asked(family="gown", units=units)]
            amend(actor=clerk, reference=placed.reference, lines=lines, at=AT, why=why)
        cancel(actor=clerk, reference=placed.reference, at=AT, why="fermé")
        cancelled, second, first, made = sorted(
            entries(kind=Kind.ORDER), key=lambda entry: (entry.created, -entry.number)
        )
        assert told(made)["unités", "gown"] == (None, 20)
        assert told(first)["unités", "gown"] == (20, 30)
        assert told(second)["unités", "gown"] == (30, 10)
        assert told(cancelled) == {("état",): ("enregistrée", "annulée")}
        assert [first.why, second.why, cancelled.why] == ["plus", "moins", "fermé"]
        assert cancelled.state == "annulée"

    @pytest.mark.usefixtures("world")
    def test_tells_a_signature_with_its_before_and_after(self):
        decision = declare(["glove"], regime="tension", state="draft", signed_by="", signed_at=None)
        decision.state, decision.signed_by, decision.signed_at = "signed", "signer", AT
        with pghistory.context(by="signer", why="le pic", url="/regimes/1/signer/"):
            decision.save()
        signed = next(e for e in entries(kind=Kind.REGIME) if not e.created)
        assert (signed.by, signed.why, signed.url) == ("signer", "le pic", "/regimes/1/signer/")
        assert signed.state == "signée"
        assert told(signed)["état",] == ("à signer", "signée")
        assert told(signed)["signée le",] == (None, AT)
        assert "Région 11" in signed.subject or signed.subject.endswith("tout le pays")

    @pytest.mark.usefixtures("world")
    def test_tells_a_window_moved_for_one_week(self):
        proposal = services.WindowProposal(
            zone="metropole",
            week=str(Week.at(AT).plus(1)),
            starts_on=None,
            opens_weekday=1,
            opens_clock=time(8),
            closes_weekday=3,
            closes_clock=time(18),
            reason="jour férié",
        )
        services.set_window(actor=actor(person="cell"), proposal=proposal, at=AT)
        made = next(e for e in entries(kind=Kind.WINDOW) if e.by == "cell")
        assert (made.why, made.created) == ("jour férié", True)
        assert str(Week.at(AT).plus(1)) in made.subject

    def test_falls_back_on_who_signed_the_row_itself(self, world):
        run = QuotaRun.objects.create(
            week="2020-W46",
            doctrine=world.run.doctrine,
            inputs={"envelopes": {"gown": {"operator": 10}}, "seen": {"stock": 1}},
            prepared_by="one",
            prepared_at=AT,
            reason="semaine",
        )
        run.state, run.signed_by = "signed", "two"
        run.inputs = {"envelopes": {"gown": {"operator": 20}}, "seen": {"stock": 2}}
        run.save()
        signed, made = [e for e in entries(kind=Kind.RUN) if e.subject == "2020-W46"]
        assert (made.by, signed.by, signed.why) == ("one", "two", "semaine")
        assert told(signed)["données d’entrée", "envelopes", "gown", "operator"] == (10, 20)
        assert not any("seen" in key for entry in (signed, made) for key in told(entry))

    def test_tells_rights_and_keys(self, world):
        profile = ProfileFactory(role="orderer", facility=world.home)
        token = Token.objects.create(
            profile=profile, name="logiciel", digest=b"x" * 32, created_at=AT, expires_at=AT
        )
        token.revoked_at = AT
        token.save()
        revoked, made = entries(kind=Kind.TOKEN)
        assert (made.subject, made.by) == ("logiciel", str(profile.person_id))
        assert told(revoked) == {("révoquée le",): (None, AT)}
        assert not any("empreinte" in key for key in told(made))
        granted = entries(kind=Kind.PROFILE)[0]
        assert told(granted)["rôle",] == (None, "Gestionnaire des commandes")
        assert world.home.name in granted.subject

    def test_tells_an_import_when_it_was_offered_and_when_it_was_signed(self):
        import_of(signed_by="signer", signed_at=AT + timedelta(hours=1))
        signed, offered = entries(kind=Kind.IMPORT)
        assert (offered.by, offered.state, told(offered)["ajouts",]) == (
            "importer",
            "en attente de signature",
            (None, 3),
        )
        assert (signed.by, signed.state) == ("signer", "appliqué")
        assert told(signed) == {("état",): ("en attente de signature", "appliqué")}

    def test_keeps_to_a_period(self, world):
        place(actor=orderer(world.home), demand=world.demand(), at=AT)
        wanted = {"kind": Kind.ORDER}
        assert len(entries(**wanted, since=AT, until=AT + timedelta(seconds=1))) == 1
        assert entries(**wanted, until=AT) == []
        assert entries(**wanted, since=AT + timedelta(seconds=1)) == []

    @pytest.mark.parametrize("who", ["camille", "ESSAI", "  Camille Essai "])
    def test_keeps_to_a_person_by_name(self, world, clerk, who):
        place(actor=clerk, demand=world.demand(), at=AT)
        place(actor=orderer(world.home), demand=world.demand(), at=AT)
        assert {entry.by for entry in entries(kind=Kind.ORDER, who=who)} == {clerk.by}

    def test_keeps_to_an_opaque_id(self, world, clerk):
        place(actor=clerk, demand=world.demand(), at=AT)
        assert {entry.by for entry in entries(who=clerk.by)} == {clerk.by}
        assert {entry.by for entry in entries(who="preparer")} == {"preparer"}
        assert entries(who="personne de ce nom") == []

    def test_goes_through_all_once_whatever_their_moments(self, world, monkeypatch):
        monkeypatch.setattr("distrilog.domain.reporting.trace.reading.PAGE_SIZE", 3)
        home = orderer(world.home)
        for rank in range(7):
            # Numbers and moments do not agree, as when transactions end in another order.
            moment = AT + timedelta(minutes=(rank * 5) % 7)
            place(actor=home, demand=world.demand({"gown": 10}), at=moment)
        import_of()
        seen, after = [], ""
        while True:
            page = trace.page(wanted=Wanted(after=after))
            seen += [(entry.kind, entry.number, entry.created) for entry in page.entries]
            after = page.after
            if not after:
                break
        everything = Order.objects.count()
        assert len(seen) == len(set(seen))
        assert sum(kind is Kind.ORDER for kind, *_ in seen) == everything == 7
        assert (Kind.IMPORT, FacilityImport.objects.get().pk, True) in seen

    @pytest.mark.parametrize(
        "cursor", ["x", "e30x", "W10", "eyJ4IjogMX0", "eyJvcmRlciI6IC0xfQ", "é"]
    )
    def test_refuses_a_cursor_that_is_not_ours(self, cursor):
        with pytest.raises(Invalid, match="repère"):
            trace.page(wanted=Wanted(after=cursor))

    def test_takes_two_statements_however_many_changes(self, world, clerk):
        for _ in range(4):
            place(actor=clerk, demand=world.demand({"gown": 10}), at=AT)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(entries()) > 4
        assert len(captured) == 2

    def test_reads_moments_as_they_were_written(self):
        moment = datetime(2020, 10, 25, 0, 30, tzinfo=UTC)
        import_of(imported_at=moment)
        assert entries(kind=Kind.IMPORT)[0].at == moment
