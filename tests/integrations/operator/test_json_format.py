import json

import pytest
from hypothesis import given, settings

from distrilog.integrations.operator import json_format
from distrilog.integrations.operator.faults import MOST_FAULTS, Unreadable
from tests.integrations.operator import messages


def written(**changes):
    return {**json.loads(json_format.write(messages.interchange(messages.ORDER))), **changes}


def faults_of(value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(Unreadable) as refused:
        json_format.read(body)
    return {fault.where: fault.message for fault in refused.value.faults}


class TestWrite:
    @settings(max_examples=60, deadline=None)
    @given(messages.interchanges)
    def test_says_what_read_hears(self, interchange):
        body = json_format.write(interchange)
        assert json_format.read(body) == interchange
        assert json_format.write(json_format.read(body)) == body

    def test_names_each_kind(self):
        kinds = [
            each["kind"]
            for each in json.loads(json_format.write(messages.interchange()))["messages"]
        ]
        assert kinds == list(json_format.KINDS)

    def test_writes_moments_in_universal_time(self):
        assert written()["messages"][0]["placed_at"] == "2020-11-09T09:30:00Z"


class TestRead:
    def test_finds_every_fault_at_once(self):
        value = written(test="no", sent_at="2020-11-09T09:30:00", colour="red")
        order = value["messages"][0]
        order["promised_on"] = "2020-02-30"
        del order["assignment"]
        order["lines"][1]["units"] = 1.5
        order["lines"][0]["gtin"] = 3012345678902
        value["messages"].append({"kind": "invoice"})
        value["messages"].append("order")
        assert faults_of(value) == {
            "": "« colour » n’est pas un champ connu.",
            "test": "Il faut « true » ou « false ».",
            "sent_at": "Ce moment est sans fuseau horaire.",
            "messages.0.promised_on": "Il faut une date qui existe, comme « 2026-03-31 ».",
            "messages.0.assignment": "Le champ « assignment » manque.",
            "messages.0.lines.1.units": "« 1.5 » n’est pas un nombre entier utilisable.",
            "messages.0.lines.0.gtin": "Il faut un texte.",
            "messages.1.kind": "« invoice » n’est pas un genre de message connu.",
            "messages.2.kind": "Le champ « kind » manque.",
        }

    def test_refuses_a_name_given_twice(self):
        body = json_format.write(messages.interchange())
        twice = body.replace(b'"reference":"S-1"', b'"reference":"S-2","reference":"S-1"')
        assert faults_of(twice) == {"messages.5": "Nom donné deux fois : « reference »."}

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e3", "9" * 5000, "true"])
    def test_refuses_what_is_no_whole_number(self, number):
        body = json_format.write(messages.interchange()).replace(
            b'"units":12000', b'"units":' + number.encode()
        )
        assert list(faults_of(body)) == ["messages.5.lines.0.units"]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "pas du JSON"),
            (b"{", "pas du JSON"),
            (b"[]", "Il faut un objet"),
            (b'{"a": "\xe9"}', "pas de l’UTF-8"),
            (b"[" * 100_000, "trop profond"),
            (b'{"a":' * 100_000, "trop profond"),
        ],
    )
    def test_refuses_what_is_no_message(self, body, said):
        assert said in faults_of(body)[""]

    def test_bounds_the_faults_it_tells(self):
        value = written(messages=[{"kind": "x"}] * 1000)
        with pytest.raises(Unreadable) as refused:
            json_format.read(json.dumps(value).encode())
        assert len(refused.value.faults) == MOST_FAULTS
        assert refused.value.values["more"] == 1000 - MOST_FAULTS
        assert refused.value.detail.endswith("Et 995 autres.")
