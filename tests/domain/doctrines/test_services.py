"""The life of a version: prepared by one, read, signed by another; refusals; trace."""

from datetime import UTC, date, datetime

import pytest
from django.apps import apps

from distrilog.domain.accounts.rules import Role, SameSigner
from distrilog.domain.doctrines import queries, services
from distrilog.domain.doctrines.models import DoctrineVersion
from distrilog.domain.doctrines.rules import RULE_SETS, DoctrineParametersMissing
from distrilog.domain.doctrines.services import Proposal, VersionClosed
from distrilog.kernel.refusals import Forbidden, Invalid, NotFound
from tests.factories import DepartmentFactory, actor


pytestmark = pytest.mark.django_db

THURSDAY = datetime(2020, 10, 22, 15, tzinfo=UTC)


@pytest.fixture
def history():
    return services.seed_versions(prepared_by="one", signed_by="two")


def proposal(history, **values):
    return Proposal(
        **{
            "code": "2020-10-26",
            "title": "Six masques par place",
            "rule_set": "2020-10",
            "parameters": {"masks_per_place_week": 6, "departments_at_risk": []},
            "effective_on": date(2020, 10, 26),
            "reason": "Reprise de l’épidémie.",
            "based_on": history[-1].pk,
        }
        | values
    )


def where_of(refusal):
    return {fault.where for fault in refusal.value.faults}


class TestSeedVersions:
    def test_adds_three_signed_versions_once(self, history):
        again = services.seed_versions(prepared_by="three", signed_by="four")

        assert [version.pk for version in again] == [version.pk for version in history]
        assert [(v.code, v.effective_on, v.state) for v in history] == [
            ("2020-03-20", date(2020, 3, 20), "signed"),
            ("2020-03-26", date(2020, 3, 23), "signed"),
            ("2020-10", date(2020, 10, 5), "signed"),
        ]
        assert history[2].parameters["masks_per_home_carer_week"] == 15_000

    def test_refuses_one_person_for_both(self):
        with pytest.raises(SameSigner):
            services.seed_versions(prepared_by="one", signed_by="one")


class TestPrepare:
    def test_writes_a_draft_with_what_differs_from_its_base(self, history):
        author = actor()
        draft = services.prepare(actor=author, proposal=proposal(history), at=THURSDAY)

        assert draft.state == DoctrineVersion.State.DRAFT
        assert draft.parameters == history[-1].parameters | {
            "masks_per_place_week": 6,
            "departments_at_risk": [],
        }
        assert (draft.prepared_by, draft.prepared_at) == (author.by, THURSDAY)
        assert queries.in_force(on=date(2020, 10, 26)) == history[-1]

    def test_lists_every_fault_at_once(self, history):
        with pytest.raises(Invalid) as refusal:
            services.prepare(
                actor=actor(),
                proposal=proposal(
                    history,
                    code="2020-10",
                    title=" ",
                    reason="",
                    effective_on=date(2020, 10, 18),
                ),
                at=THURSDAY,
            )
        assert where_of(refusal) == {"code", "title", "reason", "effective_on"}
        assert DoctrineVersion.objects.count() == 3

    def test_refuses_incomplete_parameters_and_says_the_rest_too(self, history):
        with pytest.raises(DoctrineParametersMissing) as refusal:
            services.prepare(
                actor=actor(),
                proposal=proposal(
                    history, based_on=None, parameters={"days_per_week": 8}, reason=""
                ),
                at=THURSDAY,
            )
        known = {f"parameters.{p.name}" for p in RULE_SETS["2020-10"].parameters}
        assert where_of(refusal) == known | {"reason"}

    def test_refuses_departments_that_do_not_exist(self, history):
        DepartmentFactory(code="75")
        with pytest.raises(DoctrineParametersMissing) as refusal:
            services.prepare(
                actor=actor(),
                proposal=proposal(history, parameters={"departments_at_risk": ["75", "99"]}),
                at=THURSDAY,
            )
        assert [fault.message for fault in refusal.value.faults] == ["Département inconnu : 99."]

    def test_refuses_rules_that_do_not_exist(self, history):
        with pytest.raises(Invalid) as refusal:
            services.prepare(
                actor=actor(), proposal=proposal(history, rule_set="1918"), at=THURSDAY
            )
        assert where_of(refusal) == {"rule_set"}

    def test_refuses_a_base_that_does_not_exist(self, history):
        with pytest.raises(NotFound):
            services.prepare(actor=actor(), proposal=proposal(history, based_on=0), at=THURSDAY)

    @pytest.mark.parametrize("code", ["", "é", "x" * 41, "a b", "-x", "../x"])
    def test_refuses_names_that_are_none(self, history, code):
        with pytest.raises(Invalid) as refusal:
            services.prepare(actor=actor(), proposal=proposal(history, code=code), at=THURSDAY)
        assert where_of(refusal) == {"code"}

    def test_takes_effect_from_the_monday_of_its_week_as_in_march(self, history):
        draft = services.prepare(
            actor=actor(),
            proposal=proposal(history, effective_on=date(2020, 10, 19)),
            at=THURSDAY,
        )
        assert draft.effective_on == date(2020, 10, 19)

    def test_is_denied_to_an_agency(self, history):
        with pytest.raises(Forbidden):
            services.prepare(actor=actor(Role.ARS), proposal=proposal(history), at=THURSDAY)


class TestSign:
    def test_puts_it_in_force_from_its_date(self, history):
        draft = services.prepare(actor=actor(), proposal=proposal(history), at=THURSDAY)
        signer = actor()
        signed = services.sign(actor=signer, version_id=draft.pk, at=THURSDAY)

        assert (signed.signed_by, signed.signed_at) == (signer.by, THURSDAY)
        assert queries.in_force(on=date(2020, 10, 25)) == history[-1]
        assert queries.in_force(on=date(2020, 10, 26)) == signed

    def test_refuses_the_author_under_another_profile(self, history):
        author = actor(person="same")
        draft = services.prepare(actor=author, proposal=proposal(history), at=THURSDAY)
        with pytest.raises(SameSigner):
            services.sign(
                actor=actor(Role.NATIONAL_DUTY, person="same"), version_id=draft.pk, at=THURSDAY
            )

    def test_refuses_a_second_signature(self, history):
        with pytest.raises(VersionClosed, match="signée"):
            services.sign(actor=actor(), version_id=history[0].pk, at=THURSDAY)

    def test_refuses_when_its_date_passed_while_it_waited(self, history):
        draft = services.prepare(actor=actor(), proposal=proposal(history), at=THURSDAY)
        with pytest.raises(Invalid) as refusal:
            services.sign(actor=actor(), version_id=draft.pk, at=datetime(2020, 11, 3, tzinfo=UTC))
        assert where_of(refusal) == {"effective_on"}

    def test_refuses_parameters_that_the_rules_no_longer_accept(self, history):
        draft = services.prepare(actor=actor(), proposal=proposal(history), at=THURSDAY)
        DoctrineVersion.objects.filter(pk=draft.pk).update(parameters={})
        with pytest.raises(DoctrineParametersMissing):
            services.sign(actor=actor(), version_id=draft.pk, at=THURSDAY)

    def test_refuses_what_does_not_exist(self):
        with pytest.raises(NotFound):
            services.sign(actor=actor(), version_id=0, at=THURSDAY)

    def test_keeps_who_before_after_and_why(self, history):
        author, signer = actor(), actor()
        draft = services.prepare(actor=author, proposal=proposal(history), at=THURSDAY)
        services.sign(
            actor=signer, version_id=draft.pk, at=THURSDAY, reason="Vu les effets par région."
        )
        events = list(
            apps.get_model("doctrines.DoctrineVersionEvent")
            .objects.filter(id=draft.pk)
            .order_by("pgh_id")
        )
        assert [event.state for event in events] == ["draft", "signed"]
        assert [event.pgh_context.metadata for event in events] == [
            {"by": author.by, "why": "Reprise de l’épidémie."},
            {"by": signer.by, "why": "Vu les effets par région."},
        ]


class TestWithdraw:
    def test_sets_a_draft_aside(self, history):
        draft = services.prepare(actor=actor(), proposal=proposal(history), at=THURSDAY)
        services.withdraw(actor=actor(), version_id=draft.pk, reason="Erreur.", at=THURSDAY)
        draft.refresh_from_db()
        assert draft.state == DoctrineVersion.State.WITHDRAWN
        with pytest.raises(VersionClosed):
            services.sign(actor=actor(), version_id=draft.pk, at=THURSDAY)

    def test_wants_a_reason(self, history):
        draft = services.prepare(actor=actor(), proposal=proposal(history), at=THURSDAY)
        with pytest.raises(Invalid):
            services.withdraw(actor=actor(), version_id=draft.pk, reason=" ", at=THURSDAY)

    def test_leaves_signed_versions_alone(self, history):
        with pytest.raises(VersionClosed):
            services.withdraw(actor=actor(), version_id=history[0].pk, reason="Non.", at=THURSDAY)
