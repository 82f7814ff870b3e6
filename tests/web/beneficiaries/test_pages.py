"""The pages of the perimeter: what is missing, what is done about it, what is refused."""

import pytest

from distrilog.domain.accounts.rules import Role
from distrilog.domain.distribution.models import Override, Trainees
from distrilog.domain.facilities import queries
from distrilog.domain.facilities.models import Circuit, Facility, Referent
from distrilog.domain.regimes.models import Terms
from distrilog.kernel.scopes import Scope, ScopeKind
from tests.factories import ProfileFactory
from tests.web.beneficiaries.conftest import TODAY, later
from tests.web.people import client_of
from tests.web.reading import queries_of, words


OCCITANIE = Scope(kind=ScopeKind.REGION, code="76")
PAGES = ("", "referents/", "rattachements/", "sites/", "adaptations/", "formation/", "circuits/",
         "conditions/")  # fmt: skip


def sent(client, path, data):
    return client.post(f"/perimetre/{path}", data, follow=True)


class TestEveryPage:
    @pytest.mark.parametrize("page", PAGES)
    def test_opens_to_who_reads_the_perimeter(self, agency, cell, perimeter, page):
        platform = ProfileFactory(role="platform", facility=perimeter.platform)
        for client in (agency, cell, client_of(platform)):
            assert client.get(f"/perimetre/{page}").status_code == 200

    @pytest.mark.parametrize("page", PAGES)
    def test_asks_no_more_for_more_facilities(self, agency, perimeter, page):
        before = queries_of(agency, f"/perimetre/{page}")
        for rank in range(5):
            Facility.objects.create(
                registry=f"DIS-96000{rank:03d}X",
                name=f"Foyer {rank}",
                category=perimeter.home.category,
                department=perimeter.home.department,
            )
        assert queries_of(agency, f"/perimetre/{page}") <= before


class TestOverview:
    def test_counts_what_is_to_settle(self, agency):
        page = words(agency.get("/perimetre/"))
        # Two platforms and the agency; four facilities; one orphan.
        assert "Référents manquants 3" in page
        assert "Établissements sans interlocuteur 4" in page
        assert "Sans plateforme 1" in page


class TestReferents:
    SENT = {
        "reach": "T1",
        "name": "Cellule logistique",
        "email": "logistique@chu.example",
        "starts_on": TODAY.isoformat(),
    }

    def test_names_one_from_its_alert(self, agency):
        page = agency.get("/perimetre/referents/nommer/platform/?pour=T1")
        assert 'value="T1" selected' in page.content.decode()

        page = words(sent(agency, "referents/nommer/platform/", self.SENT))

        assert "Le référent est nommé." in page
        assert "logistique@chu.example" in page
        assert Referent.objects.get().territory_id == "T1"

    def test_shows_what_is_wrong_at_its_field(self, agency):
        answer = sent(agency, "referents/nommer/platform/", self.SENT | {"email": ""})
        assert answer.status_code == 422
        assert "on doit pouvoir le joindre" in words(answer)

    def test_refuses_a_hospital_that_shares(self, agency, perimeter):
        registries = f"{perimeter.platform.registry}\n{perimeter.home.registry}"
        answer = sent(agency, "referents/nommer/facility/", self.SENT | {"registries": registries})
        assert answer.status_code == 422
        assert "Un établissement de santé a son propre interlocuteur" in words(answer)

    def test_ends_one(self, agency):
        sent(agency, "referents/nommer/platform/", self.SENT)
        number = Referent.objects.get().pk

        sent(agency, f"referents/{number}/finir/", {"on": TODAY.isoformat()})

        assert Referent.objects.get().ends_on == TODAY

    def test_of_an_unknown_kind_or_region_are_not_found(self, agency):
        assert agency.get("/perimetre/referents/nommer/mascot/").status_code == 404
        assert agency.get("/perimetre/referents/999/finir/").status_code == 404

    def test_filters_who_has_none(self, agency):
        page = words(agency.get("/perimetre/referents/?groupe=hospital"))
        assert "CHU de la Garonne" in page
        assert "Résidence des Pins" not in page


class TestSheet:
    def test_tells_whom_to_call(self, agency, perimeter):
        sent(agency, "referents/nommer/platform/", TestReferents.SENT)
        home = client_of(ProfileFactory(role="orderer", facility=perimeter.home))
        page = words(home.get("/etablissement/"))
        assert "Qui appeler Cellule logistique Coordonnateur logistique de plateforme" in page


class TestAttachments:
    def test_attaches_an_orphan(self, agency, perimeter):
        assert "Foyer sans toit" in words(agency.get("/perimetre/rattachements/"))
        values = {"territory": "T2", "on": TODAY.isoformat(), "reason": "Oublié à l’ouverture"}

        page = words(sent(agency, f"rattachements/{perimeter.orphan.registry}/", values))

        assert "Aucun : chaque établissement ouvert a sa plateforme." in page
        assert queries.territory_of(facility=perimeter.orphan, on=TODAY).code == "T2"

    def test_finds_whom_to_move(self, agency):
        page = words(agency.get("/perimetre/rattachements/?q=pins"))
        assert "Résidence des Pins" in page

    def test_of_another_region_is_not_found(self, agency, perimeter):
        path = f"/perimetre/rattachements/{perimeter.stranger.registry}/"
        assert agency.get(path).status_code == 404


class TestSites:
    SENT = {
        "name": "Gymnase des Pins", "beds": "40", "postcode": "31000", "city": "Toulouse",
        "department": "31", "territory": "T1", "opens_on": TODAY.isoformat(),
    }  # fmt: skip

    def test_opens_and_closes_in_days(self, agency):
        page = words(sent(agency, "sites/ouvrir/", self.SENT))
        assert "Gymnase des Pins" in page
        registry = queries.sites(scope=OCCITANIE, since=TODAY).get().registry

        page = words(sent(agency, f"sites/{registry}/fermer/", {"on": later(3)}))

        assert "Gymnase des Pins ferme ce jour-là." in page

    def test_refuses_at_the_field(self, agency):
        answer = sent(agency, "sites/ouvrir/", self.SENT | {"beds": "0", "opens_on": later(-1)})
        assert answer.status_code == 422
        assert not queries.sites(scope=OCCITANIE, since=TODAY).exists()


class TestAdaptations:
    def test_decides_and_ends_one(self, agency, perimeter):
        values = {
            "registry": perimeter.home.registry, "percent": "50", "starts_on": TODAY.isoformat(),
            "ends_on": later(60), "reason": "Fermeture d’une aile",
        }  # fmt: skip

        page = words(sent(agency, "adaptations/decider/", values))

        assert "50 %" in page
        row = Override.objects.get()
        assert row.per_mille == 500
        sent(agency, f"adaptations/{row.pk}/finir/", {"on": later(10)})
        assert Override.objects.get().period.upper.isoformat() == later(11)

    def test_refuses_a_facility_elsewhere_at_its_field(self, agency, perimeter):
        values = {
            "registry": perimeter.stranger.registry, "percent": "50", "reason": "x",
            "starts_on": TODAY.isoformat(), "ends_on": later(60),
        }  # fmt: skip
        answer = sent(agency, "adaptations/decider/", values)
        assert answer.status_code == 422
        assert "dans votre périmètre" in words(answer)


class TestTrainees:
    def test_counts_a_cohort_once_and_names_who_counts_it(self, agency, perimeter):
        values = {
            "registry": perimeter.platform.registry, "kind": "intern", "cohort": "Internes S2",
            "headcount": "120", "every_weeks": "2", "starts_on": TODAY.isoformat(),
        }  # fmt: skip
        page = words(sent(agency, "formation/inscrire/", values))
        assert "toutes les 2 semaines" in page

        answer = sent(
            agency,
            "formation/inscrire/",
            values | {"kind": "student", "registry": perimeter.home.registry},
        )

        assert answer.status_code == 422
        assert "CHU de la Garonne" in words(answer)
        row = Trainees.objects.get()
        sent(agency, f"formation/{row.pk}/finir/", {"on": later(7)})
        assert Trainees.objects.get().period.upper.isoformat() == later(8)


class TestCircuits:
    SENT = {
        "group": "home_care", "chain": "pharmacy", "counts": "on",
        "starts_on": TODAY.isoformat(), "source": "Note du 26 mars",
    }  # fmt: skip

    def test_decides_and_ends_one(self, cell):
        page = words(sent(cell, "circuits/decider/", self.SENT))
        assert "Service d’aide ou de soins à domicile Officine –" in page
        row = Circuit.objects.get()
        assert row.counts

        sent(cell, f"circuits/{row.pk}/finir/", {"on": later(2)})

        assert Circuit.objects.get().ends_on.isoformat() == later(2)

    def test_shows_who_completes(self, cell):
        page = words(sent(cell, "circuits/decider/", self.SENT | {"counts": ""}))
        assert "Service d’aide ou de soins à domicile Établissement support officine" in page

    def test_are_the_cells(self, agency):
        assert agency.get("/perimetre/circuits/decider/").status_code == 403
        assert "Décider d’un circuit" not in words(agency.get("/perimetre/circuits/"))


class TestTerms:
    SENT = {
        "group": "laboratory", "basis": "state_stock", "price": "1,20", "weekly_boxes": "10",
        "starts_on": TODAY.isoformat(), "source": "Circuit payant des laboratoires",
    }  # fmt: skip

    def test_decides_and_moves_the_end(self, cell):
        page = words(sent(cell, "conditions/decider/", self.SENT))
        assert "1,20 € la boîte" in page
        row = Terms.objects.get()
        assert (row.price_cents, row.weekly_boxes) == (120, 10)

        form = cell.get(f"/perimetre/conditions/decider/?de={row.pk}")
        assert 'value="2020-03-26"' in form.content.decode()
        page = words(sent(cell, "conditions/decider/", self.SENT | {"requests_until": later(30)}))

        assert "demandes jusqu’au" in page
        assert Terms.objects.get().requests_until.isoformat() == later(30)

    def test_refuses_a_paid_stock_without_a_price_at_its_field(self, cell):
        answer = sent(cell, "conditions/decider/", self.SENT | {"price": ""})
        assert answer.status_code == 422
        assert "Le stock payant a un prix par boîte" in words(answer)

    def test_are_the_cells(self, agency):
        assert agency.post("/perimetre/conditions/decider/", self.SENT).status_code == 403


class TestMenu:
    @pytest.mark.parametrize("role", [Role.ARS, Role.NATIONAL_CELL, Role.DELEGATION])
    def test_leads_to_the_perimeter(self, perimeter, role):  # noqa: ARG002
        places = {Role.ARS: "76", Role.DELEGATION: "31"}
        profile = ProfileFactory(role=role, perimeter=places.get(role, ""), facility=None)
        page = client_of(profile).get("/perimetre/").content.decode()
        assert 'href="/perimetre/"' in page
