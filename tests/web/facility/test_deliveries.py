"""At the door: what is on its way, whose parcel this is, what was received of it, said once."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from distrilog.domain.accounts.rules import Role
from distrilog.domain.shipping.models import Claim, Content, Despatch, Receipt, Remark
from tests.domain.orders.world import AT
from tests.domain.shipping.world import (
    GOWNS,
    MASKS,
    DespatchFactory,
    booked,
    claimed,
    deliver,
    received,
    seen_by_carrier,
    sscc_of,
    substituted,
)
from tests.factories import PlaceFactory, ProfileFactory
from tests.web.people import client_of, profile_of
from tests.web.reading import queries_of, words


def photo(kind: str = "JPEG") -> SimpleUploadedFile:
    written = BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, kind)
    return SimpleUploadedFile("colis.svg", written.getvalue(), content_type="text/html")


@pytest.fixture
def despatch(world, hands) -> Despatch:
    """Bring two parcels to the home on Friday; it is Saturday."""
    made = DespatchFactory(facility=world.home, delivered=True)
    booked(made)
    hands.at = AT + timedelta(days=3)
    return made


def page_of(despatch: Despatch) -> str:
    return f"/livraisons/{despatch.reference}/"


def form_of(despatch: Despatch, **values):
    """Return what the form sends: all of it received, unless told otherwise."""
    sent = {"extra_family": "", "extra_boxes": "", "remark": ""}
    for content in Content.objects.filter(parcel__despatch=despatch).select_related("lot__article"):
        sent[f"received-{content.pk}"] = content.units // content.lot.article.box_units
        sent[f"kind-{content.pk}"] = "missing"
    return sent | values


def content_of(despatch: Despatch, family: str) -> int:
    return Content.objects.get(parcel__despatch=despatch, line__family=family).pk


class TestListing:
    def test_says_so_when_nothing_comes(self, home):
        assert "Rien n’est en route" in words(home.get("/livraisons/"))

    def test_tells_what_is_to_confirm_and_what_comes(self, world, home, despatch):
        coming = DespatchFactory(facility=world.home)
        done = DespatchFactory(facility=world.home)
        received(done)

        page = home.get("/livraisons/")

        assert [each.despatch.reference for each in page.context["to_confirm"]] == [
            despatch.reference
        ]
        assert [each.despatch.reference for each in page.context["coming"]] == [coming.reference]
        assert [each.despatch.reference for each in page.context["past"]] == [done.reference]
        assert "2 boîtes de masques chirurgicaux, 1 boîte de surblouses" in words(page)
        assert "Encore 6 jours" in words(page)

    @pytest.mark.usefixtures("despatch")
    def test_says_when_it_is_the_last_day(self, home, hands):
        hands.at = AT + timedelta(days=9)
        assert "Dernier jour" in words(home.get("/livraisons/"))

    def test_shows_nothing_of_others(self, world, despatch):
        stranger = client_of(profile_of(world.stranger))
        assert despatch.reference not in words(stranger.get("/livraisons/"))

    @pytest.mark.parametrize("page", ["x", "-1", "9" * 40, ""])
    def test_survives_a_page_that_is_none(self, home, page):
        assert home.get(f"/livraisons/?avant={page}").status_code == 200

    def test_takes_the_same_queries_for_many(self, world, home):
        received(DespatchFactory(facility=world.home))
        DespatchFactory(facility=world.home)
        few = queries_of(home, "/livraisons/")
        for _ in range(10):
            DespatchFactory(facility=world.home)
            received(DespatchFactory(facility=world.home))
        assert queries_of(home, "/livraisons/") == few


class TestParcel:
    @pytest.mark.parametrize("form", ["{}", "(00){}", "]C100{}"])
    def test_opens_the_delivery_of_what_was_scanned(self, home, despatch, form):
        code = form.format(despatch.parcels.first().sscc)
        answer = home.get("/livraisons/colis/", {"code": code})
        assert answer["Location"] == page_of(despatch)

    def test_shows_nothing_of_a_parcel_of_another_facility(self, world, despatch):
        stranger = client_of(profile_of(world.stranger))

        answer = stranger.get("/livraisons/colis/", {"code": despatch.parcels.first().sscc})

        assert answer.status_code == 404
        assert "Ce colis n’est pas attendu dans votre établissement" in words(answer)
        assert world.home.name not in words(answer)
        assert despatch.reference not in words(answer)
        unknown = stranger.get("/livraisons/colis/", {"code": sscc_of(999)})
        assert words(unknown) == words(answer)

    @pytest.mark.parametrize("code", ["bonjour", "352000000000000001", "x" * 5000, "<script>"])
    def test_says_why_a_code_cannot_be_read(self, home, code):
        answer = home.get("/livraisons/colis/", {"code": code})
        assert answer.status_code == 422
        assert "Scannez de nouveau" in words(answer)
        assert b"<script>" not in answer.content

    def test_goes_back_to_the_list_without_a_code(self, home):
        assert home.get("/livraisons/colis/")["Location"] == "/livraisons/"


class TestDetail:
    def test_asks_one_question_first(self, home, despatch):
        page = words(home.get(page_of(despatch)))
        assert "Tout est conforme 2 colis : 2 boîtes de masques chirurgicaux" in page
        assert "Signaler un écart" in page
        assert "lundi 16" not in page
        assert "Sans réponse vendredi 13 novembre 2020" in page

    def test_tells_what_replaces_what(self, home, despatch):
        substituted(despatch, why="Taille M épuisée.")
        page = words(home.get(page_of(despatch)))
        assert "Remplacement Masque chirurgical taille L" in page
        assert "Taille M épuisée." in page

    def test_warns_of_a_recalled_lot(self, home, despatch):
        lot = Content.objects.filter(parcel__despatch=despatch).first().lot
        lot.recalled_at = AT
        lot.save()
        assert "Lot rappelé : L1" in words(home.get(page_of(despatch)))

    def test_asks_nothing_of_those_who_only_read(self, world, despatch):
        agency = client_of(ProfileFactory(role=Role.ARS, perimeter="11"))
        page = words(agency.get(page_of(despatch)))
        assert world.home.name in page
        assert "Tout est conforme" not in page

    def test_knows_nothing_outside_the_scope(self, world, despatch):
        assert client_of(profile_of(world.stranger)).get(page_of(despatch)).status_code == 404
        spf = client_of(ProfileFactory(role=Role.SPF))
        assert spf.get(page_of(despatch)).status_code == 404

    def test_opens_under_a_reference_with_slashes(self, world, home):
        made = DespatchFactory(facility=world.home, reference="2020/11/45 A")
        answer = home.get("/livraisons/colis/", {"code": made.parcels.first().sscc})
        assert home.get(answer["Location"]).status_code == 200

    def test_tells_where_the_carrier_saw_it(self, world, home):
        made = DespatchFactory(facility=world.home)
        seen_by_carrier(made.parcels.first(), "Arrivé au centre de tri")
        assert "Arrivé au centre de tri" in words(home.get(page_of(made)))


class TestReceive:
    def test_takes_all_of_it_at_one_press(self, home, despatch):
        answer = home.post(f"{page_of(despatch)}recevoir/", {"conforme": "oui"}, follow=True)

        assert "Votre réception conforme est enregistrée" in words(answer)
        receipt = Receipt.objects.get(despatch=despatch)
        assert receipt.how == Receipt.How.RECORDED
        assert not Claim.objects.exists()
        lines = despatch.fulfilment.lines.values_list("family", "received", "disputed")
        assert set(lines) == {(MASKS, 100, 0), (GOWNS, 10, 0)}

    def test_is_sent_once_however_often_it_is_pressed(self, home, despatch):
        for _ in range(3):
            answer = home.post(f"{page_of(despatch)}recevoir/", {"conforme": "oui"})
            assert answer.status_code == 302
        assert Receipt.objects.count() == 1

    def test_takes_what_came_before_the_carrier_said_so(self, world, home):
        made = booked(DespatchFactory(facility=world.home))
        home.post(f"{page_of(made)}recevoir/", {"conforme": "oui"})
        assert set(made.parcels.values_list("state", flat=True)) == {"delivered"}

    @pytest.mark.parametrize("kind", ["missing", "damaged", "refused", "wrong"])
    def test_opens_a_claim_for_what_is_not_in_good_order(self, home, despatch, kind):
        masks = content_of(despatch, MASKS)
        sent = form_of(despatch, **{f"received-{masks}": 1, f"kind-{masks}": kind})

        answer = home.post(f"{page_of(despatch)}recevoir/", sent, follow=True)

        claim = Claim.objects.get()
        assert (claim.kind, claim.units, claim.family_id, claim.owner) == (
            kind,
            50,
            MASKS,
            "operator",
        )
        page = words(answer)
        assert "avec 1 écart" in page
        assert "L’opérateur logistique doit vous répondre avant la fin du jeudi 12 novembre" in page
        line = despatch.fulfilment.lines.get(family=MASKS)
        assert (line.received, line.disputed) == (50, 50)

    def test_counts_what_is_too_many(self, home, despatch):
        gowns = content_of(despatch, GOWNS)
        home.post(f"{page_of(despatch)}recevoir/", form_of(despatch, **{f"received-{gowns}": 3}))
        claim = Claim.objects.get()
        assert (claim.kind, claim.units, claim.lot) == ("extra", 20, None)

    def test_takes_an_article_nobody_announced(self, home, despatch):
        sent = form_of(despatch, extra_family="ffp2", extra_boxes=2)
        home.post(f"{page_of(despatch)}recevoir/", sent)
        claim = Claim.objects.get()
        assert (claim.kind, claim.family_id, claim.units) == ("extra", "ffp2", 100)

    def test_refuses_a_replacement(self, world, home):
        made = DespatchFactory(facility=world.home, delivered=True)
        content = substituted(made)
        booked(made)
        assert "Je refuse ce remplacement" in words(home.get(f"{page_of(made)}recevoir/"))

        home.post(f"{page_of(made)}recevoir/", form_of(made, **{f"refuse-{content.pk}": "on"}))

        claim = Claim.objects.get()
        assert (claim.kind, claim.units, claim.lot_id) == ("refused", 100, content.lot_id)

    def test_refuses_another_answer_afterwards(self, home, despatch):
        home.post(f"{page_of(despatch)}recevoir/", {"conforme": "oui"})
        masks = content_of(despatch, MASKS)

        answer = home.post(
            f"{page_of(despatch)}recevoir/", form_of(despatch, **{f"received-{masks}": 0})
        )

        assert answer.status_code == 422
        assert "confirmée avec un autre contenu" in words(answer)
        assert not Claim.objects.exists()

    def test_says_that_a_lost_delivery_is_not_awaited(self, world, home):
        made = DespatchFactory(facility=world.home)
        made.parcels.update(state="lost")
        answer = home.post(f"{page_of(made)}recevoir/", {"conforme": "oui"})
        assert answer.status_code == 409
        assert "Cette livraison n’est pas attendue" in words(answer)

    def test_corrects_what_silence_was_taken_for(self, home, despatch):
        received(despatch, how="assumed")
        for line in despatch.fulfilment.lines.all():
            line.received = line.delivered
            line.save()
        assert "Corriger la réception réputée conforme" in words(home.get(page_of(despatch)))
        masks = content_of(despatch, MASKS)

        home.post(f"{page_of(despatch)}recevoir/", form_of(despatch, **{f"received-{masks}": 1}))

        assert Receipt.objects.get().how == "recorded"
        assert despatch.fulfilment.lines.get(family=MASKS).received == 50

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ({"received": ""}, "Indiquez combien vous en avez reçu"),
            ({"received": "1,5"}, "nombre entier"),
            ({"received": "0.5"}, "nombre entier"),
            ({"received": "-1"}, "ne peut pas être négatif"),
            ({"received": "999999999"}, "bien trop grand"),
            ({"kind": "vanished"}, "Choisissez dans la liste"),
            ({"extra_family": "ffp2"}, "Indiquez l’article en plus et son nombre"),
            ({"extra_boxes": "2"}, "Indiquez l’article en plus et son nombre"),
            ({"extra_family": "nothing", "extra_boxes": "2"}, "nothing"),
            ({"remark": "x" * 1001}, "dépasse 1000"),
            ({}, "Aucun écart n’est indiqué"),
        ],
    )
    def test_refuses_at_the_line_what_it_cannot_read(self, home, despatch, values, told):
        masks = content_of(despatch, MASKS)
        sent = {f"{n}-{masks}" if n in ("received", "kind") else n: v for n, v in values.items()}

        answer = home.post(f"{page_of(despatch)}recevoir/", form_of(despatch, **sent))

        assert answer.status_code == 422
        assert told in words(answer)
        assert not Receipt.objects.exists()

    def test_knows_nothing_of_others(self, world, despatch):
        stranger = client_of(profile_of(world.stranger))
        for sent in ({"conforme": "oui"}, form_of(despatch)):
            answer = stranger.post(f"{page_of(despatch)}recevoir/", sent)
            assert answer.status_code == 404
        assert not Receipt.objects.exists()


class TestRemark:
    def test_is_kept_with_a_photo_that_says_nothing_of_its_place(self, home, despatch):
        sent = form_of(despatch, remark="Carton ouvert.", photo=photo())

        answer = home.post(f"{page_of(despatch)}recevoir/", sent, follow=True)

        assert "Carton ouvert." in words(answer)
        kept = home.get(f"{page_of(despatch)}photo/")
        assert kept["Content-Type"] == "image/jpeg"
        assert "no-store" in kept["Cache-Control"]
        assert Image.open(BytesIO(kept.content)).size == (40, 30)

    def test_is_asked_about_when_it_names_somebody(self, home, despatch):
        sent = form_of(despatch, remark="Donné à Mme Durand ce matin.")

        answer = home.post(f"{page_of(despatch)}recevoir/", sent)
        assert answer.status_code == 422
        assert "semble contenir le nom d’une personne" in words(answer)
        assert not Receipt.objects.exists()

        assert home.post(f"{page_of(despatch)}recevoir/", sent | {"named": "on"}).status_code == 302
        assert Remark.objects.get().text == "Donné à Mme Durand ce matin."

    @pytest.mark.parametrize("content", [b"<svg></svg>", b"", b"\xff\xd8\xff\xe0 cut"])
    def test_refuses_a_photo_that_is_none(self, home, despatch, content):
        file = SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg")

        answer = home.post(f"{page_of(despatch)}recevoir/", form_of(despatch, photo=file))

        assert answer.status_code == 422
        assert "photo" in words(answer)
        assert not Receipt.objects.exists()

    def test_is_erased_for_good(self, home, despatch):
        sent = form_of(despatch, remark="Carton ouvert.", photo=photo())
        home.post(f"{page_of(despatch)}recevoir/", sent)
        assert "sans retour possible" in words(home.get(f"{page_of(despatch)}effacer/"))

        answer = home.post(f"{page_of(despatch)}effacer/", follow=True)

        assert "Remarque et photo effacées" in words(answer)
        assert home.get(f"{page_of(despatch)}photo/").status_code == 404
        assert Receipt.objects.count() == 1

    def test_is_shown_to_nobody_else(self, world, home, despatch):
        home.post(f"{page_of(despatch)}recevoir/", form_of(despatch, photo=photo()))
        stranger = client_of(profile_of(world.stranger))
        assert stranger.get(f"{page_of(despatch)}photo/").status_code == 404


class TestPapers:
    def test_show_what_is_in_the_parcels(self, world, despatch):
        operator = client_of(ProfileFactory(role=Role.OPERATOR))
        page = words(operator.get(f"{page_of(despatch)}bon/"))
        sscc = despatch.parcels.first().sscc
        for told in (despatch.reference, world.home.name, sscc, "01/01/2030", "2 boîtes"):
            assert told in page

    def test_print_a_label_a_parcel(self, despatch):
        operator = client_of(ProfileFactory(role=Role.OPERATOR))
        page = words(operator.get(f"{page_of(despatch)}etiquettes/"))
        for parcel in despatch.parcels.all():
            assert f"(00){parcel.sscc}" in page
        assert "Retour à la livraison" in page

    def test_are_not_for_another_executor(self, despatch):
        spf = client_of(ProfileFactory(role=Role.SPF))
        for paper in ("bon", "etiquettes"):
            assert spf.get(f"{page_of(despatch)}{paper}/").status_code == 404


class TestWeek:
    def test_asks_for_what_is_to_confirm(self, home, despatch):
        page = home.get("/")
        assert "À confirmer" in words(page)
        assert page_of(despatch).encode() in page.content

    def test_takes_the_same_queries_for_many(self, world, home):
        deliver(DespatchFactory(facility=world.home))
        few = queries_of(home, "/")
        for _ in range(5):
            deliver(DespatchFactory(facility=world.home))
        assert queries_of(home, "/") == few


class TestOrder:
    def test_shows_the_whole_way(self, home, despatch):
        claimed(despatch, units=50)
        received(despatch)
        address = f"/commandes/{despatch.fulfilment.order.reference}/"
        page = words(home.get(address)).partition("Suivi")[2]
        places = [
            page.index(told)
            for told in (
                "Commande enregistrée",
                "Transmise pour préparation",
                "Confirmée",
                "Expédiée",
                "Livrée",
                "Reçue, avec un écart",
            )
        ]
        assert places == sorted(places)
        assert page_of(despatch).encode() in home.get(address).content

    def test_says_by_which_rule_it_is_short(self, world, home):
        made = DespatchFactory(facility=world.home, parcels={GOWNS: 0})
        made.fulfilment.lines.filter(family=GOWNS).update(withdrawn=10, short_reason="Rupture.")
        page = words(home.get(f"/commandes/{made.fulfilment.order.reference}/"))
        assert "1 boîte (10 unités) : non servies" in page
        assert "Rupture." in page
        assert "sinon les unités reviennent à votre contingent" in page

    def test_tells_where_the_units_are(self, home, despatch):
        page = words(home.get(f"/commandes/{despatch.fulfilment.order.reference}/"))
        assert "2 boîtes (100 unités) : livrées, à confirmer" in page


def test_places_are_told_apart(world):
    """SPF reads what it sent itself."""
    made = DespatchFactory(facility=world.home, place=PlaceFactory(spf=True))
    spf = client_of(ProfileFactory(role=Role.SPF))
    assert spf.get(f"/livraisons/{made.reference}/bon/").status_code == 200
