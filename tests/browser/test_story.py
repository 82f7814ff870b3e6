"""
The whole story in a real browser: the country, a nursing home, the agency of its region, the operator.

The national cell puts masks and gloves in tension and shares them out, a second person signs, a home orders
its share with its keyboard, and the agency reads the same numbers and orders from its pot. The operator ships;
at the door somebody with a phone says what arrived, and what is missing is answered for.
"""

import copy
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from distrilog.domain.accounts.rules import Role
from distrilog.domain.messages.models import Reading
from distrilog.domain.orders import queries as order_queries, services as orders
from distrilog.domain.orders.models import Order
from distrilog.domain.quotas.models import QuotaRun
from distrilog.domain.regimes.models import RegimeDecision
from distrilog.domain.shipping import queries as shipping_queries, services as shipping
from distrilog.domain.shipping.models import Claim, Parcel
from distrilog.domain.shipping.rules import Answer, News, ParcelState
from distrilog.domain.stock import queries as stock_queries
from tests.browser.conftest import axe
from tests.factories import PlaceFactory, ProfileFactory
from tests.integrations.identity.conftest import PASSWORD, point_to, running
from tests.web.decisions.world import WEEK
from tests.web.people import profile_of


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TABS = 80
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def plage(live_server, settings, tmp_path):
    """Run the stand-in for PLAGE beside the portal of this test."""
    with running(tmp_path, portal_port=int(live_server.url.rpartition(":")[2])) as provider:
        point_to(settings, provider.url)
        policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"].append(provider.url)
        settings.CONTENT_SECURITY_POLICY = policy
        yield provider


def spoken(words: str) -> re.Pattern[str]:
    """Match a name whatever its spaces: French binds « : » and « ? » to their word."""
    return re.compile(re.escape(words).replace(r"\ ", r"\s"))


def told(page: Page, words: str, *, where: str = "#contenu") -> None:
    """Expect words on the page, as they are read."""
    expect(page.locator(where)).to_contain_text(words, use_inner_text=True)


def heading(page: Page, words: str) -> None:
    """Expect a page by its title."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def walk_to(page: Page, words: str) -> None:
    """Press Tab until what bears these words has the focus, as somebody without a mouse does."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => {
                const one = document.activeElement;
                const label = one.labels && one.labels.length ? one.labels[0].innerText : one.innerText;
                return (one.getAttribute("aria-label") || label || "").trim().replace(/\\s+/g, " ");
            }"""
        )
        if name.startswith(words):
            return
        passed.append(name)
    raise AssertionError(f"« {words} » is not reached in {MOST_TABS} tabs: {passed}")


def skip_to_content(page: Page) -> None:
    """Use the first link of the page."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def follow(page: Page, words: str) -> None:
    """Open a link by keyboard, from the top of the page."""
    skip_to_content(page)
    walk_to(page, words)
    page.keyboard.press("Enter")


def log_in(page: Page, plage, login: str) -> None:
    """Log in as a person does, at PLAGE."""
    page.goto("/")
    page.get_by_role("link", name="Se connecter").first.click()
    page.get_by_role("button", name="Se connecter avec PLAGE").click()
    assert page.url.startswith(plage.url)
    axe(page)
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def switch_profile(page: Page, role: str) -> None:
    """Act under another profile of the same person."""
    page.get_by_role("link", name="Changer de profil").click()
    page.get_by_role("button", name=spoken(f"Utiliser ce profil : {role}")).click()


def prepare_tension(page: Page) -> None:
    """Propose a tension on masks and gloves, and see whom it concerns."""
    page.get_by_role("link", name="Décisions", exact=True).click()
    page.get_by_role("link", name="Régimes", exact=True).click()
    page.get_by_role("link", name="Préparer une décision").click()
    page.get_by_label("Masque chirurgical").check()
    page.get_by_label("Gant d’examen").check()
    page.get_by_label("Motif").fill("Les indicateurs de la veille passent le seuil.")
    page.get_by_role("button", name="Voir l’effet").click()
    heading(page, "Tension")
    told(page, "Établissements concernés 12", where=".dl-figures")
    told(page, "gratuit, sur le stock de l’État", where=".dl-figures")


def prepare_run(page: Page) -> None:
    """Share out 400 boxes of masks and of gloves, and see the effect."""
    page.get_by_role("link", name="Calculs", exact=True).click()
    page.get_by_role("link", name="Préparer un calcul").click()
    page.get_by_label("Masques chirurgicaux").fill("400")
    page.get_by_label("Gants d’examen").fill("400")
    page.get_by_label("Pot commun des ARS").fill("5")
    page.get_by_label("Motif").fill("Calcul de la semaine.")
    page.get_by_role("button", name="Calculer et voir l’effet").click()
    heading(page, "Contingents, semaine 45")
    told(page, "Établissements servis 12", where=".dl-figures")
    expect(page.get_by_role("region", name=spoken("Tableau : par région"))).to_contain_text(
        "Occitanie"
    )
    axe(page)


def cannot_sign(page: Page, address: str) -> None:
    """Find no way to sign one's own decision, under this profile, not even by force."""
    page.goto(address)
    told(page, "une autre personne doit")
    expect(page.get_by_role("button", name=re.compile("^Signer"))).to_have_count(0)
    page.evaluate(
        """address => {
            const form = document.querySelector("form[action='/deconnexion/']");
            form.action = `${address}signer/`;
            const reason = document.createElement("input");
            reason.name = "reason";
            reason.value = "Je signe seul.";
            form.append(reason);
            form.submit();
        }""",
        address,
    )
    told(page, "une autre personne doit la signer")


def sign_all(page: Page) -> None:
    """Sign the tension, then the run, and publish it: the second person sees both on its first page."""
    page.goto("/")
    heading(page, "Le pays")
    page.get_by_role("link", name=spoken("Régime : tension")).click()
    page.get_by_role("button", name="Signer cette décision").click()
    told(page, "Signée : en vigueur")
    page.get_by_role("link", name="Le pays").click()
    page.get_by_role("link", name=re.compile("^Calcul")).and_(
        page.locator("[aria-labelledby=waiting] a")
    ).click()
    page.get_by_label("Motif de votre signature").fill("Vu : conforme, personne n’est oublié.")
    page.get_by_role("button", name="Signer ce calcul").click()
    told(page, "Signé : à publier")
    page.get_by_role("button", name="Publier").click()
    told(page, "Publié : les établissements commandent")


def acknowledge(page: Page) -> None:
    """Read the official message from the first page, and say so."""
    page.goto("/")
    heading(page, "Ma semaine")
    page.get_by_role("link", name="Lire et accuser réception").click()
    heading(page, "Tension")
    page.get_by_role("button", name="J’ai lu ce message").click()
    told(page, "Lecture confirmée")
    page.goto("/")
    expect(page.get_by_role("link", name="Lire et accuser réception")).to_have_count(0)


def read_why(page: Page) -> None:
    """Read how one's number came about."""
    page.get_by_role("link", name=spoken("Pourquoi ce nombre ? (masques chirurgicaux)")).click()
    heading(page, "Masques chirurgicaux : pourquoi 6 boîtes ?")
    told(page, "420 masques")
    axe(page)


def order_by_keyboard(page: Page) -> str:
    """Order four boxes of masks and three of gloves without a mouse, one box too many at first; return the number."""
    page.goto("/")
    follow(page, "Commander")
    heading(page, "Commander")
    skip_to_content(page)
    walk_to(page, "Nombre de boîtes")
    page.keyboard.type("7")
    expect(page.locator("#field-boxes-surgical_mask-units")).to_have_text(
        "Au plus 6 boîtes cette semaine"
    )
    walk_to(page, "Une boîte de plus : Gant d’examen")
    for _ in range(3):
        page.keyboard.press("Enter")
    walk_to(page, "Vérifier ma commande")
    page.keyboard.press("Enter")
    refused = page.get_by_role("alert")
    expect(refused).to_be_focused()
    expect(refused).to_contain_text(
        "Il vous reste 6 boîtes (300 masques) cette semaine : réduisez cette ligne. "
        "Pour un besoin urgent, écrivez à l’ARS Île-de-France."
    )
    axe(page)
    walk_to(page, "Masques chirurgicaux")  # the summary of faults leads to the field
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    expect(page.locator("#field-boxes-glove")).to_have_value("3")  # nothing else was lost
    walk_to(page, "Vérifier ma commande")
    page.keyboard.press("Enter")
    heading(page, "Vérifiez votre commande")
    follow(page, "Envoyer la commande")
    heading(page, "Votre commande est enregistrée")
    return reference_of(page)


def reference_of(page: Page) -> str:
    """Return the number of the order on the page."""
    reference = page.url.rstrip("/").split("/commandes/")[1].split("/")[0]
    told(page, reference)
    return reference


def amend(page: Page) -> None:
    """Make it five boxes of masks."""
    page.get_by_role("link", name="Modifier").click()
    page.locator("#field-boxes-surgical_mask").fill("5")
    page.get_by_role("button", name="Enregistrer la modification").click()
    told(page, "La modification est enregistrée.")
    expect(
        page.get_by_role("region", name=spoken("Tableau : contenu de la commande"))
    ).to_contain_text("5 boîtes (250 masques)")


def cancel(page: Page) -> None:
    """Give the boxes back."""
    page.get_by_role("link", name="Annuler la commande").click()
    page.get_by_role("button", name="Annuler la commande").click()
    told(page, "La commande est annulée.")


def order_again(page: Page) -> str:
    """Order two boxes of masks; return the number."""
    page.get_by_role("link", name="Commander").first.click()
    page.locator("#field-boxes-surgical_mask").fill("2")
    page.get_by_role("button", name="Vérifier ma commande").click()
    page.get_by_role("button", name="Envoyer la commande").click()
    heading(page, "Votre commande est enregistrée")
    return reference_of(page)


def same_numbers_in_the_region(page: Page, reference: str) -> None:
    """See the home's order in the list of the agency, and open it."""
    page.goto("/")
    heading(page, "Ma région : Île-de-France")
    row = page.get_by_role("row", name=re.compile("^Résidence des Tilleuls"))
    told_by_row = [" ".join(cell.split()) for cell in row.get_by_role("cell").all_inner_texts()]
    assert [cell.split(" ")[0] for cell in told_by_row[:3]] == ["6", "2", "4"], told_by_row
    axe(page)
    row.get_by_role("link", name=re.compile(reference)).click()
    heading(page, reference)
    told(page, "2 boîtes (100 masques)")


def order_from_pot(page: Page) -> str:
    """Order a box of masks for another home from the pot; return the number."""
    page.goto("/")
    page.get_by_role("link", name="Commander sur le pot commun").first.click()
    page.get_by_label("Nom, commune ou numéro").fill("Lilas")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name=re.compile("^Choisir Résidence des Lilas")).click()
    heading(page, "Commander pour Résidence des Lilas")
    page.locator("#field-boxes-surgical_mask").fill("1")
    axe(page)
    page.get_by_role("button", name="Vérifier la commande").click()
    heading(page, "Vérifiez la commande")
    axe(page)
    page.get_by_role("button", name="Envoyer la commande").click()
    told(page, "pot commun")
    return reference_of(page)


def decide(country, plage, windows) -> None:
    """Play the national cell: one person prepares and cannot sign under any profile, another signs."""
    plage.states("cellule", {"role": "national_cell"}, {"role": "national_duty"})
    cell = windows()
    log_in(cell, plage, "cellule")
    cell.get_by_role("button", name=spoken("Utiliser ce profil : Cellule nationale")).click()
    heading(cell, "Le pays")
    prepare_tension(cell)
    prepare_run(cell)
    decision, run = RegimeDecision.objects.get(), QuotaRun.objects.get()
    assert run.week == WEEK
    for role in ("Cellule nationale", "Cadre de permanence de la cellule nationale"):
        expect(cell.locator(".dl-who__role")).to_have_text(role)
        for address in (f"/regimes/{decision.pk}/", f"/calculs/{run.pk}/"):
            cannot_sign(cell, address)
        if role == "Cellule nationale":
            switch_profile(cell, "Cadre de permanence de la cellule nationale")
    sign_all(windows(country.duty))


def operate(*, at) -> None:
    """Close the orders and play the operator: it confirms, packs what expires first, and delivers."""
    PlaceFactory(code="door", kind="door", name="Établissements servis")
    orders.release(at=at, by="system", before_cut_off=True)
    shipping.hand_over(at=at)
    references = Order.objects.filter(status="released").values_list("reference", flat=True)
    shipping.answer(
        answers=[Answer(order=one, assignment=1, units=None) for one in references],
        place="operator",
        by="operator",
        at=at,
    )
    shipping.prepare_wave(place="operator", by="operator", at=at)
    shipping.report(
        news=[
            News(sscc=sscc, state=ParcelState.DELIVERED, at=at + timedelta(days=2))
            for sscc in Parcel.objects.values_list("sscc", flat=True)
        ],
        place="operator",
        by="operator",
        at=at + timedelta(days=2),
    )


def follow_the_order(page: Page, reference: str) -> None:
    """Read each step that the order has taken."""
    page.goto(f"/commandes/{reference}/")
    for step in ("Transmise", "Confirmée", "Expédiée", "Livrée"):
        told(page, step)
    axe(page)


def receive_at_the_door(page: Page) -> None:
    """Say with a phone that one box of two arrived."""
    page.goto("/")
    told(page, "À confirmer")
    page.get_by_role("link", name=spoken("Confirmer la réception")).first.click()
    heading(page, "Livraison")
    axe(page)
    page.get_by_role("link", name="Signaler un écart").click()
    page.get_by_label("reçues en bon état").fill("1")
    page.get_by_label("Remarque").fill("Carton ouvert à un coin.")
    axe(page)
    page.get_by_role("button", name="Envoyer ma réception").tap()
    heading(page, "C’est enregistré")
    told(page, "1 boîte")
    told(page, "doit vous répondre")


def answer_for_it(page: Page) -> None:
    """Settle, as the operator, what the home said was missing."""
    page.goto("/reclamations/")
    page.locator("#contenu").get_by_role("link", name=re.compile("asques")).first.click()
    heading(page, "Masques chirurgicaux")
    axe(page)
    page.get_by_label(re.compile("^Retrouvé")).check()
    page.get_by_label(re.compile("^Motif|^Pourquoi|^Ce qui")).fill(
        "Retrouvée au quai, remise lundi."
    )
    page.get_by_role("button", name="Clore").click()
    told(page, "La réclamation est close")


def to_the_door(country, windows, hands, home: Page, reference: str) -> None:
    """Play the days after the cut-off, until what was missing is answered for."""
    operate(at=hands.at)
    hands.at += timedelta(days=3)
    follow_the_order(home, reference)
    receive_at_the_door(windows(country.orderer, **PHONE))
    assert Claim.objects.get().units == 50
    answer_for_it(windows(ProfileFactory(role=Role.OPERATOR, person__name="Opérateur (essai)")))
    home.goto(f"/commandes/{reference}/")
    told(home, "Reçue")
    found = [
        *stock_queries.discrepancies(),
        *shipping_queries.broken_promises(),
        *order_queries.discrepancies(),
    ]
    assert found == []


def test_three_people_play_a_week(country, plage, windows, hands):
    decide(country, plage, windows)

    home = windows(country.orderer)
    acknowledge(home)
    read_why(home)
    first = order_by_keyboard(home)
    amend(home)
    cancel(home)
    second = order_again(home)
    told(home, "2 boîtes (100 masques)")
    home.goto("/")
    told(home, "Reste 4 boîtes (200 masques)")

    agency = windows(country.ars)
    same_numbers_in_the_region(agency, second)
    third = order_from_pot(agency)
    neighbour = windows(profile_of(country.neighbour))
    neighbour.goto(f"/commandes/{third}/")
    told(neighbour, "le pot commun de l’ARS")

    states = dict(Order.objects.values_list("reference", "status"))
    assert states == {first: "cancelled", second: "placed", third: "placed"}
    acknowledged = Reading.objects.filter(acknowledged_at__isnull=False)
    assert [reading.profile_id for reading in acknowledged] == [country.orderer.pk]

    to_the_door(country, windows, hands, home, second)
