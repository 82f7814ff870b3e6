"""Runs that read cover: what is read, sealed, counted, told; and who may not see it."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.declarations.models import Declaration, Statement, Submission
from distrilog.domain.declarations.queries.counted import SILENT, reported_stock
from distrilog.domain.facilities import queries as facilities
from distrilog.domain.quotas import queries, services
from distrilog.domain.quotas.models import Quota
from distrilog.kernel.scopes import Scope, ScopeKind
from distrilog.kernel.seals import head_of
from distrilog.kernel.weeks import Week
from distrilog.verifier import verify
from tests.domain.quotas.worlds import AT, MAKER, MASK, WEEK, homes, previewed, published, signed
from tests.factories import actor


HOUR = timedelta(hours=1)


def say(facility, stock, *, week=WEEK, version=1, at=AT - HOUR, need=100):
    """Write what a facility says of its masks, as a submission does."""
    declaration, _ = Declaration.objects.get_or_create(facility=facility, week=week)
    Submission.objects.create(
        declaration=declaration, version=version, channel="screen", declared_by="x", declared_at=at
    )
    Statement.objects.filter(declaration=declaration).update(current=False)
    Statement.objects.create(
        declaration=declaration,
        version=version,
        facility=facility,
        week=week,
        family_id=MASK,
        stock=stock,
        need=need,
    )


def read(*, at=AT, week=WEEK):
    """Return the stocks read, home by home."""
    week = Week.parse(week)
    features = facilities.features(on=week.monday)
    stock = reported_stock(features=features, week=week, at=at).stock.get(MASK, [])
    return dict(zip(features.ids.tolist(), list(stock), strict=False))


def sealed(run):
    """Return what the verifier says of a signed run, and of the same with one claim's stock changed."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "run"
        services.export(run=run, folder=target)
        key = services.signing_key().public_hex
        intact = verify(target, public_key_hex=key, expected_head=run.head)
        claims = target / "claims.csv"
        content = claims.read_bytes()
        assert b",400,200,0,400," in content
        claims.chmod(0o600)
        claims.write_bytes(content.replace(b",400,200,0,400,", b",400,201,0,400,"))
        return intact, verify(target, public_key_hex=key, expected_head=run.head)


@pytest.mark.django_db
class TestReportedStock:
    def test_reads_the_latest_word_of_three_weeks_said_by_then(self):
        first, second, third, fourth, fifth = homes()
        say(first, 70, week="2020-W43")
        say(first, 80)
        say(second, 50)
        say(second, 55, version=2)
        say(second, 60, version=3, at=AT + HOUR)
        say(third, 10, week="2020-W42")
        say(fourth, 20, week="2020-W46")
        assert read() == {
            first.pk: 80,
            second.pk: 55,
            third.pk: SILENT,
            fourth.pk: SILENT,
            fifth.pk: SILENT,
        }
        assert read(at=AT + 2 * HOUR)[second.pk] == 60

    def test_passes_over_who_is_not_in_the_run(self):
        closed = homes()[0]
        say(closed, 80)
        closed.closed_on = "2020-10-01"
        closed.save()
        assert SILENT in read().values()
        assert closed.pk not in read()

    def test_takes_one_query_and_names_what_it_read(self, django_assert_num_queries):
        first, second, *_ = homes()
        say(first, 80)
        week = Week.parse(WEEK)
        features = facilities.features(on=week.monday)
        with django_assert_num_queries(1):
            before = reported_stock(features=features, week=week, at=AT)
        say(second, 80)
        after = reported_stock(features=features, week=week, at=AT)
        assert (before.statements, after.statements) == (1, 2)
        assert before.digest != after.digest


@pytest.mark.django_db
class TestCoverRun:
    def _country(self):
        """Needs of 50, 100, 200, 400 and 800: the first has 10 weeks, the third 2, the fourth half a week."""
        made = homes()
        say(made[0], 500)
        say(made[2], 300)
        say(made[3], 200)
        return made

    def test_reads_nothing_unless_asked(self):
        self._country()
        run = queries.get(run_id=published(700).pk)
        assert set(Quota.objects.values_list("have", flat=True)) == {0}
        assert not queries.preview_of(run=run).reads_cover
        parameters = bytes(run.files.get(name="parameters.json").content)
        assert b'"reads_cover":false' in parameters
        assert b'"cover"' not in parameters

    def test_counts_own_stock_below_the_others_and_the_highest_for_the_silent(self):
        self._country()
        published(700, reads_cover=True)
        counted = Quota.objects.order_by("facility_id").values_list("have", flat=True)
        # The first, highest of all, is counted like the next: 1.5 weeks. The silent like the first: 10 weeks.
        assert list(counted) == [75, 1_000, 300, 200, 8_000]
        caps = Quota.objects.order_by("facility_id").values_list("cap", flat=True)
        # 700 lift all to ten weeks of need: the last box goes to the larger of the two silent.
        assert list(caps) == [50, 0, 200, 400, 50]

    def test_gives_the_two_equal_homes_by_what_they_have(self):
        first, second, third, *_ = homes(places=(40, 40, 40))
        say(first, 143)
        say(second, 1_143)
        published(300, reads_cover=True)
        caps = dict(Quota.objects.values_list("facility_id", "cap"))
        assert caps[first.pk] >= caps[second.pk] >= caps[third.pk]
        assert caps[first.pk] > caps[third.pk]

    def test_keeps_the_floor_of_who_has_plenty(self):
        self._country()
        published(1_000, reads_cover=True, floors={"nursing_home": 500})
        for quota in Quota.objects.all():
            assert quota.cap >= quota.need * 500 // 1_000

    def test_shares_floors_that_cannot_be_paid_as_if_nobody_had_reported(self):
        self._country()
        floors = {"nursing_home": 500}
        run = previewed(400, reads_cover=True, floors=floors)
        plain = previewed(400, floors=floors)
        assert bytes(run.files.get(name="quotas.csv").content) == bytes(
            plain.files.get(name="quotas.csv").content
        )

    def test_is_sealed_and_verified_and_any_altered_stock_rejected(self):
        self._country()
        run = signed(700, reads_cover=True)
        intact, altered = sealed(run)
        assert list(intact) == []
        assert list(altered)
        parameters = bytes(run.files.get(name="parameters.json").content).decode()
        assert '"reads_cover":true' in parameters
        assert f'"sha256":"{run.inputs["cover"]["sha256"]}"' in parameters
        assert '"since":"2020-W43"' in parameters

    def test_reads_what_was_said_by_the_preview_and_nothing_later(self):
        made = self._country()
        run = signed(700, reads_cover=True)
        say(made[4], 1, at=AT + HOUR)
        services.publish(actor=actor(person="signer"), run_id=run.pk, at=AT + 2 * HOUR)
        assert Quota.objects.get(facility=made[4]).have == 8_000
        found = queries.explanation(facility_id=made[4].pk, family=MASK, week=WEEK)
        assert (found.declared_week, found.have) == ("", 8_000)

    def test_says_in_the_preview_who_reported_and_what_moves(self):
        self._country()
        run = previewed(700, reads_cover=True)
        run.refresh_from_db()
        preview = queries.preview_of(run=run)
        (share,) = (each for each in preview.shares if each.source == "operator")
        assert preview.reads_cover
        assert (share.reported, share.silent, share.counted) == (3, 2, 9_575)
        assert share.moved > 0

    def test_tells_each_why(self):
        made = self._country()
        published(700, reads_cover=True)
        reporter = queries.of_facility(facility_id=made[3].pk, week=WEEK)[0].reason
        silent = queries.of_facility(facility_id=made[4].pk, week=WEEK)[0].reason
        assert "votre stock déclaré compte pour 200" in reporter
        assert "Vous n’aviez pas déclaré de stock récent" in silent
        assert "8\u202f000" in silent

    def test_is_replaced_by_a_run_that_reads_cover_too(self):
        self._country()
        run = published(700, reads_cover=True)
        again = services.prepare_replacement(actor=MAKER, run_id=run.pk, at=AT)
        assert again.inputs["reads_cover"] is True

    def test_keeps_its_head_a_hash_of_the_manifest(self):
        self._country()
        run = previewed(700, reads_cover=True)
        run.refresh_from_db()
        assert run.head == head_of(bytes(run.files.get(name="manifest.json").content))


@pytest.mark.django_db
class TestRefuseStocks:
    @pytest.mark.parametrize(
        ("role", "scope", "refused"),
        [
            (Role.NATIONAL_CELL, Scope(kind=ScopeKind.COUNTRY), False),
            (Role.AUDITOR, Scope(kind=ScopeKind.COUNTRY), True),
            (Role.ARS, Scope(kind=ScopeKind.REGION, code="11"), True),
        ],
    )
    def test_keeps_declared_stocks_from_who_may_not_read_them(self, role, scope, refused):
        homes()
        run = previewed(700, reads_cover=True)
        run.refresh_from_db()
        reader = actor(role, scope=scope)
        if refused:
            with pytest.raises(queries.StocksNotPublic):
                queries.refuse_stocks(run=run, actor=reader)
        else:
            queries.refuse_stocks(run=run, actor=reader)

    def test_keeps_them_from_the_public_and_lets_other_runs_be_read(self):
        homes()
        run = previewed(700)
        run.refresh_from_db()
        queries.refuse_stocks(run=run, actor=None)
        run = previewed(700, reads_cover=True)
        run.refresh_from_db()
        with pytest.raises(queries.StocksNotPublic):
            queries.refuse_stocks(run=run, actor=None)
