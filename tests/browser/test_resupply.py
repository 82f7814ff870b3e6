"""
Urgent help in a real browser, from the request to the loan given back.

A home asks, its neighbour says yes, the agency takes the neighbour and the State, the crisis centre validates;
the neighbour hands over, the State’s order leaves, the home says what arrived, and the boxes go back.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from distrilog.domain.orders.models import Order
from distrilog.domain.resupply import queries
from distrilog.domain.resupply.models import Loan, Request
from tests.browser.conftest import DESKTOP, PHONE, axe
from tests.web.decisions.world import AT
from tests.web.resupply.world import build


pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def told(page: Page, words: str) -> None:
    """Expect words on the page, as they are read."""
    expect(page.locator("#contenu")).to_contain_text(words, use_inner_text=True)


def fit(page: Page) -> None:
    """Refuse what axe finds, at a desk and on a phone, and what overflows there."""
    axe(page)
    page.set_viewport_size(PHONE)
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), page.url
    axe(page)
    page.set_viewport_size(DESKTOP)


def ask(page: Page) -> None:
    """Ask for fifteen boxes on a phone; the situation is forgotten at first, and nothing is lost."""
    page.set_viewport_size(PHONE)
    page.goto("/depannage/")
    page.get_by_role("link", name="Demander un dépannage").click()
    page.locator("#field-boxes-ffp2").fill("15")
    page.get_by_label("Rupture sous trois jours").check()
    page.get_by_role("button", name="Envoyer ma demande").click()
    told(page, "Dites en une phrase ce qui se passe")
    expect(page.locator("#field-boxes-ffp2")).to_have_value("15")
    page.get_by_label("Votre situation").fill("Foyer au premier étage depuis lundi.")
    page.get_by_role("button", name="Envoyer ma demande").click()
    told(page, "Votre demande est partie")
    told(page, "Décision de l’ARS attendue avant le jeudi 5 novembre à 10 h")
    page.set_viewport_size(DESKTOP)


def find_neighbours(page: Page) -> None:
    """See the request first in the list, and have the neighbours asked."""
    page.goto("/")
    page.get_by_role("link", name="Dépannages").click()
    told(page, "1 demande en cours")
    page.get_by_role("link", name=re.compile("Masques FFP2, 15")).click()
    page.get_by_role("button", name="Chercher des voisins").click()
    told(page, "1 voisin sollicité")


def say_yes(page: Page) -> None:
    """Read what would remain, and lend ten boxes of the fifteen."""
    page.goto("/entraide/")
    page.get_by_role("link", name=re.compile("Répondre")).click()
    told(page, "Votre stock de sécurité")
    told(page, "60 jours")
    page.get_by_label("Oui, je peux aider").check()
    page.get_by_label(re.compile("Nombre de boîtes")).fill("10")
    page.get_by_role("button", name="Envoyer ma réponse").click()
    told(page, "Merci. Résidence des Tilleuls et l’ARS voient votre offre")
    told(page, "Ce que j’ai promis")


def decide(page: Page) -> None:
    """Take the ten boxes next door, five from the State; the sum is checked before it counts."""
    page.reload()
    told(page, "choisi : 15, tout est couvert")
    fit(page)
    page.get_by_label(re.compile("de Réserve départementale")).fill("0")
    told(page, "choisi : 10, manque 5")
    page.get_by_label(re.compile("de Santé publique France")).fill("5")
    told(page, "choisi : 15, tout est couvert")
    page.get_by_label("Votre réponse").fill("Les Lilas vous prêtent dix boîtes, le reste suit.")
    page.get_by_role("button", name="Vérifier la décision").click()
    told(page, "Tout est couvert.")
    told(page, "La part du stock de l’État part après validation du centre de crise.")
    fit(page)
    page.get_by_role("button", name="Décider").click()
    told(page, "C’est décidé.")


def validate(page: Page) -> None:
    """See what waits first, and what it leaves in the stock; accept."""
    page.goto("/depannages/")
    told(page, "À valider : stock de l’État")
    page.get_by_role("link", name=re.compile("Examiner")).click()
    told(page, "Après, si tout est accordé")
    fit(page)
    page.get_by_role("button", name=re.compile("^Valider")).click()
    told(page, "Validé : la commande est créée et transmise pour préparation.")


def hand_over(page: Page) -> None:
    """Count, note the lot, print the paper."""
    page.goto("/entraide/")
    page.get_by_role("link", name=re.compile("Remettre")).click()
    page.get_by_label("Numéro de lot").fill("L2020-77")
    page.get_by_role("button", name="C’est remis").click()
    told(page, "Résidence des Tilleuls confirme ce qui arrive.")
    page.get_by_role("link", name="Bon à imprimer").click()
    told(page, "L2020-77")


def receive(page: Page) -> None:
    """Say what arrived from next door, and follow the State’s order."""
    page.goto("/depannage/")
    page.get_by_role("link", name=re.compile("Dire ce que j’ai reçu")).click()
    told(page, "Résidence des Lilas")
    expect(page.locator("#contenu")).not_to_contain_text("150 boîtes")  # its stock is not told
    page.get_by_role("button", name=re.compile("J’ai reçu")).click()
    told(page, "Réception enregistrée : 10 boîtes.")
    page.get_by_role("link", name=re.compile("Suivre la commande")).click()
    told(page, "5 boîtes (100 masques)")


def give_back(page: Page) -> None:
    """Say that the boxes are back: two are let go."""
    page.goto("/entraide/")
    page.get_by_role("link", name=re.compile("PRET-")).click()
    told(page, "Reste à rendre : 10 boîtes (200 masques)")
    page.get_by_label(re.compile("Nombre de boîtes")).fill("8")
    page.get_by_role("button", name="Elles me sont rendues").click()
    told(page, "Retour enregistré.")
    page.get_by_role("button", name="J’en fais don").click()
    told(page, "C’est un don")


@pytest.mark.usefixtures("hands")
def test_help_arrives_and_goes_back(country, windows):
    trouble = build(country)
    home, neighbour, agency = (
        windows(profile) for profile in (trouble.asker, trouble.lender, trouble.agency)
    )
    ask(home)
    find_neighbours(agency)
    say_yes(neighbour)
    decide(agency)
    validate(windows(trouble.cell))
    hand_over(neighbour)
    receive(home)
    give_back(neighbour)

    request = Request.objects.get()
    assert request.words == "Foyer au premier étage depuis lundi."
    order = Order.objects.get()
    assert (order.charge, order.facility_id) == ("resupply", trouble.home.pk)
    loan = Loan.objects.get()
    assert (loan.handed, loan.received, loan.returned, loan.given) == (200, 200, 160, 40)
    assert loan.settled_at == AT
    assert queries.discrepancies() == []
