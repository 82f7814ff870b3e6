"""
Every page, opened by each role’s menu, at a desk and on a phone: axe finds nothing, nothing overflows, focus is seen.

The routes are read from the resolver: a page without arguments is visited as soon as it exists, and one with arguments
fails the suite until `instances` says what stands in its address.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from distrilog.domain.accounts.models import Profile
from distrilog.domain.accounts.rules import GRANTS, Deed, Role
from distrilog.domain.doctrines import services as doctrines
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.facilities.models import Department
from distrilog.domain.messages.models import Message
from distrilog.domain.orders.rules import Asked, Demand
from distrilog.domain.orders.services import place
from distrilog.domain.shipping.models import Remark
from distrilog.domain.simulation.services import keep
from distrilog.web.facility.views.help import TOPICS
from distrilog.web.shared.navigation import ANONYMOUS, MENUS, OTHERS, Section
from tests.browser.conftest import DESKTOP, PHONE, axe
from tests.domain.shipping.world import (
    DespatchFactory,
    claimed,
    received,
    seen_by_carrier,
    substituted,
)
from tests.factories import ProfileFactory
from tests.test_rights import routes
from tests.web.beneficiaries.world import managed
from tests.web.cover.world import watched
from tests.web.decisions.world import AT, MASK, NEXT_WEEK, Country, acting
from tests.web.partners.world import exchanged
from tests.web.people import client_of, profile_of
from tests.web.plans.world import planned
from tests.web.platform.world import toured
from tests.web.regional.world import supplied
from tests.web.resupply.world import helped
from tests.web.stock.world import kept
from tests.web.transparency.replays import replayed


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOBODY = "nobody"
# The first of them that may open a page visits it; each visits all of its own menu besides.
VISITORS = (
    Role.ORDERER,
    Role.NATIONAL_DUTY,
    Role.ARS,
    Role.AUDITOR,
    Role.PLATFORM,
    Role.DELEGATION,
    Role.DIRECTOR,
    Role.SPF,
    Role.OPERATOR,
    Role.WHOLESALER,
    Role.DONOR,
)
# What their menus have in common shows the same pages: visited once.
SAME_PAGES = {
    Role.PLATFORM: Role.ORDERER,
    Role.DIRECTOR: Role.ORDERER,
    Role.OPERATOR: Role.SPF,
}
ANYONE_SIGNED_IN = {"signed-in", "person"}
NOT_PAGES = {"ready", "openid_connect_callback", "openid_connect_login", "operator-messages"}
NOT_PAGES |= {"declarations:state", "declarations:worker"}
FILES = {
    "plans:export",
    "platform:export",
    "platform:list",
    "platform:note",
    "platform:notes",
    "facility:delivery-photo",
    "region:export",
    "region:workbook",
    "transparency:export",
    "transparency:statistics-table",
    "stock:export",
    "regional:export",
    "donors:export",
    "declarations:model",
    "resupply:export",
    "cover:export",
    "cover:facilities-export",
    "transparency:cover-table",
    "transparency:tables-example",
}
# A window of 1280 points at 200 % shows as many as one of 640.
ZOOMED = {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}
METHOD_NOT_ALLOWED = 405

# What has the focus must look otherwise than without it, on itself or on what it draws.
UNSEEN_FOCUS = """() => {
    const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    const look = (one) => [one, one.firstElementChild].filter(Boolean).map((each) => {
        const style = getComputedStyle(each);
        return [style.outline, style.boxShadow, style.border, style.stroke, style.backgroundColor].join();
    }).join();
    const shown = [...document.querySelectorAll(wanted)].filter(
        (one) => one.checkVisibility() && !one.disabled && !one.closest(".dl-skip"));
    const unseen = [];
    for (const one of shown.slice(0, 120)) {
        document.activeElement.blur();
        const before = look(one);
        one.focus();
        if (look(one) === before) unseen.push(one.outerHTML.slice(0, 120));
    }
    document.activeElement.blur();
    return unseen;
}"""


class Played:
    """The small country in the middle of a week: a published run, drafts to sign, an order, messages."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.decision = country.in_tension()
        self.draft_decision = country.tension(families=["ffp2"])
        self.run = country.published()
        self.draft_run = country.previewed(week=NEXT_WEEK)
        self.version = DoctrineVersion.objects.order_by("-effective_on").first()
        self.draft_version = self._draft_version()
        demand = Demand(registry=country.home.registry, lines=[Asked(family=MASK, units=100)])
        self.order = place(actor=acting(country.orderer), demand=demand, at=AT)
        self.message = Message.objects.order_by("pk").first()
        self.exchanged = exchanged(at=AT)
        self.despatch = DespatchFactory(facility=country.home, delivered=True)
        substituted(self.despatch)
        seen_by_carrier(self.despatch.parcels.first(), "En cours de livraison")
        self.answered = DespatchFactory(facility=country.home, delivered=True)
        Remark.objects.create(receipt=received(self.answered), text="Carton ouvert.")
        self.claim = claimed(self.answered, owner="spf")
        DespatchFactory(facility=country.home)
        self.stock = kept(at=AT)
        self.helped = helped(country)
        self.regional = supplied(home=country.home, at=AT)
        self.planned = planned(country)
        self.toured = toured(country)
        self.managed = managed(country)
        keep(replayed=replayed(), at=AT)
        watched(said=country.home, silent=country.far)

    def _draft_version(self) -> DoctrineVersion:
        proposal = doctrines.Proposal(
            code="2020-11-renfort",
            title="Renfort de novembre",
            rule_set=self.version.rule_set,
            parameters=self._changed_parameters(),
            effective_on=AT.date().replace(day=9),
            reason="Renfort.",
            based_on=self.version.pk,
        )
        return doctrines.prepare(actor=self.country.maker, proposal=proposal, at=AT)

    def _changed_parameters(self) -> dict[str, Any]:
        """Return the parameters, one of them changed; this country has no other departments than its own."""
        here = set(Department.objects.values_list("code", flat=True))
        values = {
            name: sorted(here.intersection(value)) if isinstance(value, list) else value
            for name, value in self.version.parameters.items()
        }
        changed = next(name for name, value in sorted(values.items()) if isinstance(value, int))
        return values | {changed: values[changed] + 1}

    def profile(self, role: Role) -> Profile:
        """Return somebody in a role."""
        own = {Role.ORDERER: self.country.orderer, Role.NATIONAL_DUTY: self.country.duty}
        if role in own:
            return own[role]
        if role in (Role.PLATFORM, Role.DIRECTOR):
            return profile_of(self.country.platform, role=role)
        perimeters = {Role.ARS: "11", Role.DELEGATION: "75", Role.DONOR: "region:11"}
        perimeter = perimeters.get(role, "")
        return ProfileFactory(role=role, perimeter=perimeter, person__name="Camille Essai")

    def instances(self) -> Mapping[str, list[dict[str, Any]]]:
        """Return what stands in the address of each route that has arguments."""
        order = {"reference": self.order.reference}
        home = {"registry": self.country.home.registry}
        both = [{"number": self.draft_run.pk}, {"number": self.run.pk}]
        decisions = [{"number": self.draft_decision.pk}, {"number": self.decision.pk}]
        versions = [{"number": self.draft_version.pk}, {"number": self.version.pk}]
        message = {"number": self.message.pk}
        return {
            "login-explained": [{"page": "domaine"}, {"page": "plage-indisponible"}],
            "facility:order-detail": [order],
            "facility:amend": [order],
            "facility:cancel": [order],
            "facility:why": [{"family": MASK}, {"family": "gown"}],
            "facility:facility": [home],
            "declarations:of-facility": [home],
            "cover:facility": [home],
            "cover:repair": [home],
            "cover:seen": [{"number": 1}],
            "declarations:delegation-end": [{"number": 1}],
            "facility:facility-why": [home | {"family": "glove"}],
            "facility:message": [message],
            "facility:acknowledge": [message],
            "facility:revoke": [{"number": 1}],
            "facility:topic": [{"name": name} for name in TOPICS],
            "decisions:run": both,
            **dict.fromkeys(
                (
                    f"decisions:run-{deed}"
                    for deed in ("preview", "sign", "publish", "abandon", "replace")
                ),
                both,
            ),
            "decisions:regime": decisions,
            "decisions:regime-sign": decisions,
            "decisions:regime-withdraw": decisions,
            "decisions:doctrine": versions,
            "decisions:doctrine-prepare": versions[:1],
            "decisions:doctrine-sign": versions,
            "decisions:doctrine-withdraw": versions,
            "region:order": [{"registry": self.country.neighbour.registry}],
            "transparency:run": [{"number": self.run.pk}],
            **self.deliveries(),
            **self.exchanges(),
            **self.stock,
            **self.helped,
            **self.regional,
            **self.planned,
            **self.toured,
            **self.managed,
        }

    def deliveries(self) -> Mapping[str, list[dict[str, Any]]]:
        """Return the deliveries at the door: one to answer for, one answered with a difference."""
        parcels = [{"despatch": each.reference} for each in (self.despatch, self.answered)]
        return {
            **dict.fromkeys(
                (f"facility:{page}" for page in ("delivery", "receive", "delivery-note")), parcels
            ),
            "facility:delivery-labels": parcels[:1],
            "facility:delivery-erase": parcels[1:],
            "claims:claim": [{"number": self.claim.pk}],
            "claims:settle": [{"number": self.claim.pk}],
        }

    def exchanges(self) -> Mapping[str, list[dict[str, Any]]]:
        """Return the numbers of what was exchanged with the operator."""
        sent = [{"number": self.exchanged.refused.pk}]
        received = [{"number": self.exchanged.partly.pk}, {"number": self.exchanged.unread.pk}]
        compared = [{"number": self.exchanged.comparison.pk}]
        return {
            "partners:sent": sent,
            "partners:replay-sent": sent,
            "partners:resend-refused": sent,
            "partners:received": received,
            "partners:replay-received": received,
            "partners:close-received": received,
            "partners:stock-of": compared,
            "partners:post-difference": compared,
        }


@pytest.fixture
def played(country, settings) -> Played:
    """Play half a week, with the banner of the demonstration."""
    settings.DEMO = True
    return Played(country)


def visitor_of(rule: str) -> str:
    """Return who visits a page of this rule."""
    if rule == "public":
        return NOBODY
    if rule in ANYONE_SIGNED_IN:
        return Role.ORDERER
    return next(role for role in VISITORS if Deed(rule) in GRANTS[role])


def assigned(visitor: str, instances: Mapping[str, list[dict[str, Any]]]) -> Iterable[str]:
    """Yield the addresses of every route that this visitor opens for all."""
    for name, address, pattern in routes():
        if address.startswith("api/") and name != "api-docs":
            continue
        if name in NOT_PAGES | FILES:
            continue
        if visitor_of(getattr(pattern.callback, "rule", "public")) != visitor:
            continue
        takes = pattern.pattern.regex.groupindex or pattern.pattern.converters
        assert name in instances or not takes, f"say in instances() what stands for {name}"
        for values in instances.get(name, [{}]):
            yield reverse(name, kwargs=values)


def menu_of(visitor: str) -> list[str]:
    """Return the addresses of a visitor's menu."""
    entries = ANONYMOUS if visitor == NOBODY else MENUS.get(Role(visitor), OTHERS)
    return [
        reverse(entry.route)
        for item in entries
        for entry in (item.entries if isinstance(item, Section) else [item])
    ]


def on_the_way(visitor: str, played: Played) -> dict[str, None]:
    """Return the addresses that a visitor opens, once each, in order."""
    shared = menu_of(SAME_PAGES[visitor])[1:] if visitor in SAME_PAGES else []
    own = [address for address in menu_of(visitor) if address not in shared]
    return dict.fromkeys([*own, *assigned(visitor, played.instances())])


def is_page(client: Client, address: str) -> bool:
    """Tell whether an address answers a page; it may also take forms alone, or lead elsewhere."""
    answer = client.get(address)
    if answer.status_code in (302, METHOD_NOT_ALLOWED):
        return False
    explains = address.startswith(
        "/connexion/explication/"
    )  # says what went wrong, by its status too
    assert answer.status_code == 200 or explains, (address, answer.status_code)
    return True


def look_at(page: Page, address: str) -> list[str]:
    """Return what is wrong with a page; axe refuses by itself."""
    page.set_viewport_size(DESKTOP)
    page.goto(address)
    wrong = []
    if page.evaluate("document.documentElement.lang") != "fr":
        wrong.append("no language")
    if not page.title().removesuffix("– Distrilog").strip():
        wrong.append("no title")
    if page.get_by_role("heading", level=1).count() != 1:
        wrong.append("not one first heading")
    if not address.startswith("/api/"):
        wrong += look_at_focus(page)
    axe(page)
    for viewport in (ZOOMED, PHONE):
        page.set_viewport_size(viewport)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"overflows at {viewport['width']}")
    axe(page)
    return [f"{address}: {one}" for one in wrong]


def look_at_focus(page: Page) -> list[str]:
    """Return what is wrong with the first thing reached by keyboard, and with what shows no focus."""
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    seen = page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    wrong = [] if first == "#contenu" and seen else [f"the first focus is {first}"]
    return wrong + [f"no focus seen: {one}" for one in page.evaluate(UNSEEN_FOCUS)]


def dead_links(client: Client, found: Iterable[str]) -> list[str]:
    """Return the addresses of this portal that lead to nothing, or to what the reader may not see."""
    return [
        f"{address} answers {status}"
        for address in sorted(set(found))
        if (status := client.get(address).status_code) >= 400
    ]


class TestEveryPage:
    def test_is_on_the_way_of_a_visitor(self):
        walked = {MENUS.get(role, OTHERS) for role in VISITORS}
        assert {MENUS.get(role, OTHERS) for role in Role} == walked

    @pytest.mark.parametrize("visitor", [NOBODY, *VISITORS])
    def test_is_fit_for_all(self, played, windows, visitor):
        profile = None if visitor == NOBODY else played.profile(visitor)
        client = Client() if profile is None else client_of(profile)
        page = windows(profile)
        wrong: list[str] = []
        links: set[str] = set()
        for address in on_the_way(visitor, played):
            if is_page(client, address):
                wrong += look_at(page, address)
                links |= set(page.evaluate(LINKS))
        assert wrong == []
        assert dead_links(client, links) == []

    @pytest.mark.parametrize("address", ["/nulle-part/", "/pays/", "/calculs/999/"])
    def test_says_what_went_wrong(self, country, windows, address):
        assert look_at(windows(country.orderer), address) == []


LINKS = """() => [...document.querySelectorAll("a[href^='/']")].map((one) => one.getAttribute("href"))"""


class TestForms:
    """A form sent empty: the faults are told at the fields, and the summary takes the focus."""

    @pytest.mark.parametrize(
        ("route", "button"),
        [
            ("decisions:run-prepare", "Calculer et voir l’effet"),
            ("decisions:regime-prepare", "Voir l’effet"),
        ],
    )
    def test_are_fit_for_all_when_refused(self, country, windows, route, button):
        page = windows(country.cell)
        page.goto(reverse(route))
        page.get_by_role("button", name=button).click()
        page.locator("[data-focus]").wait_for()
        assert page.evaluate("document.activeElement.matches('[data-focus]')")
        axe(page)
        page.set_viewport_size(PHONE)
        axe(page)
