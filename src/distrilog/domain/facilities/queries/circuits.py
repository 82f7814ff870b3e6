"""Which chain serves a category on a day, and who counts its need (004, note 1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from distrilog.domain.facilities.models import Category, Circuit
from distrilog.domain.facilities.rules import CircuitRule, Features, chain_of


_RULE_COLUMNS = ("group", "category_id", "family", "chain", "starts_on")


def chains(*, features: Features, on: date, family: str) -> NDArray[np.str_]:
    """
    Return the chain that counts the need of each facility for a family on a day, row for row.

    One statement. The circuit told of the category wins over its group's, then the one told of the
    family, then the latest; with none, `platform`, and `pharmacy` for a pharmacy.
    """
    rules = _counting(on=on, family=family)
    groups, of_group = np.unique(features.groups, return_inverse=True)
    categories, of_category = np.unique(features.categories, return_inverse=True)
    table = [
        [chain_of(group=str(group), category=str(category), rules=rules) for category in categories]
        for group in groups
    ]
    named = np.array(table, dtype="U10").reshape(len(groups), len(categories))
    return named[of_group, of_category]


def circuit_of(*, group: str, category: str, family: str, on: date) -> str:
    """Return the chain that counts the need of a category for a family on a day; one statement."""
    rules = _counting(on=on, family=family, group=group)
    return chain_of(group=group, category=category, rules=rules)


def circuits(*, on: date | None = None) -> QuerySet[Circuit]:
    """Return the circuits written, those of a day when one is given; groups together, latest first."""
    rows = Circuit.objects.select_related("category")
    if on is not None:
        rows = rows.filter(_on(on))
    return rows.order_by("group", "category_id", "family", "-starts_on", "-counts", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A group on a day: its counting chain, and the chains that complete it without counting."""

    group: str
    chain: str
    completed_by: tuple[str, ...]


def served(*, on: date, family: str) -> list[Served]:
    """Return how each group is served for a family on a day; two statements, categories told apart left out."""
    rules = _counting(on=on, family=family)
    beside: dict[str, list[str]] = {}
    others = Circuit.objects.filter(_on(on), Q(family="") | Q(family=family), counts=False)
    for group, chain in others.order_by("group", "chain").values_list("group", "chain"):
        beside.setdefault(group, []).append(chain)
    return [
        Served(
            group=group,
            chain=chain_of(group=group, category="", rules=rules),
            completed_by=tuple(beside.get(group, ())),
        )
        for group in Category.Group.values
    ]


def _counting(*, on: date, family: str, group: str = "") -> list[CircuitRule]:
    rows = Circuit.objects.filter(_on(on), Q(family="") | Q(family=family), counts=True)
    if group:
        rows = rows.filter(group=group)
    return list(_rules(rows.values_list(*_RULE_COLUMNS)))


def _on(day: date) -> Q:
    """Keep the circuits that hold on a day, both ends included."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gte=day))


def _rules(rows: Iterable[tuple[str, str | None, str, str, date]]) -> Iterable[CircuitRule]:
    for group, category, family, chain, starts_on in rows:
        yield CircuitRule(
            group=group,
            category=category or "",
            family=family,
            chain=chain,
            starts_on=starts_on,
        )
