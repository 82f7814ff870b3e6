"""The proof of the books, from stock to orders, and what it exits with."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from distrilog.domain.quotas.models import Quota
from distrilog.domain.stock.models import Account, Owner, Place
from tests.domain.quotas.worlds import homes, published
from tests.factories import ZoneFactory


def run(command):
    """Return what a command prints, and raise as the command line would fail."""
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestCheckBooks:
    def test_says_that_the_books_are_right(self):
        homes()
        published()
        assert run("check_books") == "Comptes justes.\n"

    def test_fails_on_a_balance_that_is_not_its_entries(self):
        homes()
        Account.objects.filter(status="available").update(units=9_999)
        with pytest.raises(CommandError, match="2 écart"):
            run("check_books")

    def test_fails_on_a_quota_that_nothing_stands_behind(self):
        homes()
        published()
        Quota.objects.filter(cap=500).update(cap=550)
        with pytest.raises(CommandError, match="1 écart"):
            run("check_books")

    def test_fails_on_units_ordered_by_no_order(self):
        homes()
        published()
        quota = Quota.objects.filter(cap__gte=50).first()
        Quota.objects.filter(pk=quota.pk).update(ordered=50)
        with pytest.raises(CommandError, match="2 écart"):
            run("check_books")


@pytest.mark.django_db
class TestSeedReference:
    def test_adds_what_is_missing_and_changes_nothing_the_second_time(self):
        ZoneFactory()
        Owner.objects.all().delete()
        for _ in range(2):
            assert run("seed_reference").startswith("Familles")
        assert set(Place.objects.values_list("code", flat=True)) >= {"spf", "operator", "door"}
        assert Place.objects.get(code="operator").pallets == 20_000
        assert set(Owner.objects.values_list("code", flat=True)) == {
            "state",
            "consortium",
            "facilities",
        }

    def test_wants_the_zones_first(self):
        with pytest.raises(CommandError, match="zone"):
            run("seed_reference")
