from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from distrilog.integrations.operator import signatures
from distrilog.kernel.seals import SigningKey


AT = datetime(2020, 11, 9, 9, 30, tzinfo=UTC)
KEY = SigningKey.from_seed("11" * 32)
BODY = b'{"number":"42"}'
REQUEST = {"method": "POST", "path": "/operateur/messages"}
KEYS = {"operateur-2020": KEY.public_hex}


def signed(**changes):
    return signatures.sign(
        **{
            "key": KEY,
            "key_id": "operateur-2020",
            "content_type": "application/json",
            "body": BODY,
            "at": AT,
            **REQUEST,
            **changes,
        }
    )


def verify(headers, **changes):
    return signatures.verify(
        **{"headers": headers, "body": BODY, "public_keys": KEYS, "at": AT, **REQUEST, **changes}
    )


class TestSignatureBase:
    def test_gives_the_signature_of_the_standard(self):
        """RFC 9421, appendix B.2.6, with the key of B.1.4."""
        key = SigningKey.from_seed(
            "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"
        )
        base = signatures.signature_base(
            components=["date", "@method", "@path", "@authority", "content-type", "content-length"],
            parameters='("date" "@method" "@path" "@authority" "content-type" "content-length")'
            ';created=1618884473;keyid="test-key-ed25519"',
            method="POST",
            path="/foo",
            headers={
                "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
                "@authority": "example.com",
                "Content-Type": "application/json",
                "Content-Length": "18",
            },
        )
        assert key.private.sign(base) == b64decode(
            "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
        )

    def test_digests_like_the_standard(self):
        """RFC 9530, appendix B.1 (the content of RFC 9421's B.2 is signed by SHA-512 there)."""
        assert (
            signatures.content_digest(b'{"hello": "world"}')
            == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
        )


class TestVerify:
    def test_returns_the_key_of_what_was_signed(self):
        assert verify(signed()) == "operateur-2020"

    def test_reads_headers_in_any_case_and_a_digest_among_others(self):
        headers = {name.upper(): value for name, value in signed().items()}
        assert verify(headers) == "operateur-2020"
        assert verify({**signed(), "X-Other": "é"}) == "operateur-2020"

    @pytest.mark.parametrize(
        "changes",
        [
            {"method": "PUT"},
            {"path": "/operateur/autres"},
            {"body": BODY + b" "},
            {"at": AT + timedelta(seconds=301)},
            {"at": AT - timedelta(seconds=301)},
            {"public_keys": {}},
            {"public_keys": {"operateur-2020": SigningKey.from_seed("22" * 32).public_hex}},
        ],
    )
    def test_refuses_another_request(self, changes):
        with pytest.raises(signatures.BadSignature) as refused:
            verify(signed(), **changes)
        assert refused.value.status == 401

    def test_refuses_another_type(self):
        with pytest.raises(signatures.BadSignature, match="ne correspond"):
            verify({**signed(), "Content-Type": "application/edifact"})

    def test_refuses_a_body_whose_digest_was_changed_with_it(self):
        headers = {**signed(), "Content-Digest": signatures.content_digest(b"other")}
        with pytest.raises(signatures.BadSignature, match="ne correspond"):
            verify(headers, body=b"other")

    @pytest.mark.parametrize("name", list(signed()))
    def test_needs_every_header(self, name):
        headers = signed()
        del headers[name]
        with pytest.raises(signatures.BadSignature, match=f"« {name.lower()} » manque"):
            verify(headers)

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"@method" ', "", "doit couvrir"),
            ('"@method"', '"@method" "date"', "doit couvrir"),
            ('"@method"', '"@path"', "deux fois"),
            ('"@method"', '"@method";req', "mal formé"),
            ("ed25519", "hmac-sha256", "ed25519"),
            (";created=1604914200", "", "pas quand"),
            ("1604914200", "-1", "pas quand"),
            (";created=", ";created=1604914200;created=", "deux fois"),
            (";alg", ";expires=1604914199;alg", "ancienne"),
            ("operateur-2020", "autre", "pas connue"),
            ("sig=", "SIG=", "mal formé"),
            ("sig=", "other=", "mal formé"),
            ("sig=", "x" * 3000, "inutilisable"),
        ],
    )
    def test_refuses_parameters_that_say_less(self, old, new, said):
        headers = signed()
        assert old in headers["Signature-Input"]
        headers["Signature-Input"] = headers["Signature-Input"].replace(old, new, 1)
        with pytest.raises(signatures.BadSignature, match=said):
            verify(headers)

    @pytest.mark.parametrize(
        "value", ["sig=::", "sig=:a:", "sig=:AAAA:", "x", "sig=:" + "A" * 86 + "==:"]
    )
    def test_refuses_another_signature(self, value):
        with pytest.raises(signatures.BadSignature):
            verify({**signed(), "Signature": value})

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(list(signed())), st.text(max_size=60), st.integers(0, 120))
    def test_only_ever_refuses_noise(self, name, noise, at):
        headers = signed()
        value = headers[name]
        headers[name] = value[:at] + noise + value[at + 1 :]
        if headers[name].strip() != value:
            with pytest.raises(signatures.BadSignature):
                verify(headers)
