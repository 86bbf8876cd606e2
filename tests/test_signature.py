"""Twilio's signature: the SDKs' own vectors, the SDK as oracle, and everything that may arrive."""

import hashlib
import json
import sys
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.test import EnvironBuilder

from voice import signature
from voice.signature import FORM, Verdict, check, form_pairs, sign, targets

VECTORS = json.loads(
    (Path(__file__).parent / "data" / "signature-vectors.json").read_text("utf-8")
)["vectors"]
TOKEN = "12345"
URL = "https://line.example/voice/3/menu/en-US/normal/0"
BODY = b"CallSid=CA1&Digits=1&From=%2B12125550199&Empty="


def encoded(params: dict[str, object]) -> bytes:
    known = {name: "" if value is None else value for name, value in params.items()}
    return urlencode(known, doseq=True).encode()


def verify(tokens, url, *request) -> Verdict:
    return signature.verify(tokens, (url,), *request)


def signed(body: bytes = BODY, url: str = URL, token: str = TOKEN) -> str:
    return sign(token, url, form_pairs(body))


@pytest.mark.parametrize("vector", VECTORS, ids=[row["name"] for row in VECTORS])
def test_the_verdict_is_the_one_of_the_sdks(vector):
    is_json = "body" in vector
    verdict = verify(
        [vector["token"]],
        vector["url"],
        vector["body"].encode() if is_json else encoded(vector["params"]),
        "application/json" if is_json else FORM,
        vector["signature"],
    )
    assert (verdict.signer is not None) is vector["valid"]


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
forms = st.lists(st.tuples(names, values), max_size=30)
pieces = st.text("abcXYZ019-._~%+=&/é ", max_size=20).map(
    lambda text: quote(text, safe="/&=+%é", encoding="utf-8")
)
bases = st.sampled_from(
    [
        "https://line.example",
        "https://line.example:8443",
        "http://line.example",
        "http://127.0.0.1:8000",
        "https://[2001:db8::1]",
        "https://Line.Example:443",
    ]
)
urls = st.builds(
    lambda base, path, query: f"{base}/{path}" + (f"?{query}" if query else ""),
    bases,
    pieces,
    pieces,
)


class Multi(dict):
    """A form as the SDK reads Flask's: every value of a name."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs

    def getlist(self, name):
        return [value for key, value in self.pairs if key == name]


@given(urls, forms)
def test_what_the_sdk_signs_is_accepted_and_what_another_token_signs_is_not(url, pairs):
    body = urlencode(pairs).encode()
    oracle = RequestValidator(TOKEN).compute_signature(url, Multi(form_pairs(body)))
    assert sign(TOKEN, url, form_pairs(body)) == oracle
    assert verify([TOKEN], url, body, FORM, oracle).signer is not None
    assert verify(["another"], url, body, FORM, oracle).signer is None
    assert verify([TOKEN], url + "x", body, FORM, oracle).signer is None
    assert verify([TOKEN], url, body + b"&x=1", FORM, oracle).signer is None


written = st.text("ab=&+%2Bb5Cé;", max_size=40).map(str.encode)


@given(
    st.one_of(written, st.binary(max_size=60), forms.map(lambda pairs: urlencode(pairs).encode()))
)
def test_a_form_is_read_as_the_standard_library_reads_it(body):
    text = body.decode("utf-8", "replace")
    assert form_pairs(body) == parse_qsl(text, keep_blank_values=True)


@given(urls, forms, st.text(max_size=40))
def test_the_sdk_never_accepts_what_is_refused_here(url, pairs, signature):
    body = urlencode(pairs).encode()
    for offered in (signature, sign(TOKEN, url.replace(":8443", ""), form_pairs(body))):
        theirs = RequestValidator(TOKEN).validate(url, Multi(form_pairs(body)), offered)
        assert verify([TOKEN], url, body, FORM, offered).signer is not None or not theirs


anything = st.one_of(st.none(), st.text(), st.text(st.characters()))


@given(
    st.lists(st.text(), max_size=3),
    st.text(),
    st.one_of(st.none(), st.binary(max_size=200)),
    anything,
    anything,
    anything,
)
def test_whatever_arrives_is_answered_with_a_verdict(tokens, url, body, kind, signature, settings):
    assert isinstance(verify(tokens, url, body, kind, signature, settings), Verdict)


HANDED_OVER = ["REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "CONTENT_TYPE"]
HANDED_OVER += ["HTTP_X_TWILIO_SIGNATURE"]


@given(st.dictionaries(st.sampled_from(HANDED_OVER), st.text()), st.binary())
def test_whatever_a_server_hands_over_is_answered_with_a_refusal(environ, body):
    assert check([TOKEN], "https://line.example", environ, body).signer is None


def test_the_fields_are_the_first_value_of_each_name_with_blanks_kept():
    verdict = verify([TOKEN], URL, b"a=1&a=2&b=&c=%C3%A9+x", FORM, signed(b"a=1&a=2&b=&c=%C3%A9+x"))
    assert verdict.fields == {"a": "1", "b": "", "c": "é x"}


@pytest.mark.parametrize(
    ("tokens", "signer"),
    [((TOKEN, "old"), 0), (("new", TOKEN), 1), (("new", "old", TOKEN), 2), (("", TOKEN), 1)],
    ids=["current token", "previous token", "the instance's own", "an empty token is no token"],
)
def test_every_token_offered_may_sign_and_the_verdict_says_which(tokens, signer):
    assert verify(tokens, URL, BODY, FORM, signed()).signer == signer


@pytest.mark.parametrize("signature", [signed(token=""), "", None], ids=["signed", "empty", "none"])
def test_an_empty_token_opens_nothing(signature):
    assert verify(["", ""], URL, BODY, FORM, signature).signer is None
    assert verify([], URL, BODY, FORM, signature).signer is None


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "foobarbaz",
        signed()[:-1],
        signed() + "=",
        signed().lower(),
        " " + signed(),
        f"{signed()},{signed()}",
        "é" * 28,
        "\x00",
        "\ud800",
        signed(token="wrong"),
    ],
    ids=[
        "missing",
        "empty",
        "garbage",
        "cut",
        "longer",
        "lower case",
        "padded",
        "twice",
        "not ASCII",
        "zero byte",
        "lone surrogate",
        "wrong token",
    ],
)
def test_a_wrong_signature_is_refused_and_teaches_nothing(signature):
    verdict = verify([TOKEN], URL, BODY, FORM, signature)
    assert (verdict.signer, dict(verdict.fields)) == (None, {})
    assert verdict.reason


@pytest.mark.parametrize(
    "settings",
    [
        "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
        "algorithm=hmac_sha256",
        "key=k, algorithm=HMAC_SHA512",
    ],
)
def test_a_shared_key_is_refused_by_name_even_where_the_signature_fits(settings):
    verdict = verify([TOKEN], URL, BODY, FORM, signed(), settings)
    assert verdict.signer is None
    assert "X-Twilio-Webhooks-Signature-Settings" in verdict.reason
    assert "sharedkey" not in verdict.reason


@pytest.mark.parametrize("settings", [None, "", "garbage", "key=k", "algorithm=HMAC_SHA1", "=,="])
def test_without_another_algorithm_the_auth_token_signs(settings):
    assert verify([TOKEN], URL, BODY, FORM, signed(), settings).signer is not None


JSON_BODY = b'{"Digits": "1", "n": 2, "lone": "\\ud800"}'
JSON_URL = f"{URL}?bodySHA256={hashlib.sha256(JSON_BODY).hexdigest()}"


@pytest.mark.parametrize(
    ("url", "body", "kind", "valid"),
    [
        (JSON_URL, JSON_BODY, "application/json", True),
        (JSON_URL, JSON_BODY, "application/json; charset=utf-8", True),
        (JSON_URL, JSON_BODY, None, True),
        (JSON_URL, JSON_BODY + b" ", "application/json", False),
        (URL, JSON_BODY, "application/json", False),
        (URL + "?bodySHA256=", JSON_BODY, "application/json", False),
        (URL, b"Digits=1", "text/plain", False),
        (URL, b"Digits=1", None, False),
        (URL, b"", None, True),
        (URL, None, None, True),
    ],
    ids=[
        "digest fits",
        "with charset",
        "no content type",
        "body changed",
        "no digest",
        "empty digest",
        "a form in disguise",
        "no type and no digest",
        "no body",
        "GET",
    ],
)
def test_a_body_that_is_no_form_must_fit_its_digest(url, body, kind, valid):
    verdict = verify([TOKEN], url, body, kind, sign(TOKEN, url))
    assert (verdict.signer is not None) is valid


def test_the_texts_of_a_json_body_are_its_fields():
    verdict = verify([TOKEN], JSON_URL, JSON_BODY, "application/json", sign(TOKEN, JSON_URL))
    assert verdict.fields == {"Digits": "1", "lone": "?"}


@pytest.mark.parametrize("body", [b"[" * 60_000, b"[1]", b"\xff", b"null"])
def test_a_signed_body_that_is_no_json_object_brings_no_fields(body):
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    verdict = verify([TOKEN], url, body, "application/json", sign(TOKEN, url))
    assert (verdict.signer, dict(verdict.fields)) == (0, {})


def test_a_get_is_signed_by_its_address_alone_and_its_query_brings_the_fields():
    url = URL + "?CallSid=CA1&Digits=%23"
    verdict = verify([TOKEN], url, None, None, sign(TOKEN, url))
    assert verdict.fields == {"CallSid": "CA1", "Digits": "#"}


def test_a_form_of_very_many_fields_is_refused():
    body = b"&".join(b"a%d=1" % n for n in range(1001))
    assert "1000 fields" in verify([TOKEN], URL, body, FORM, "x").reason
    allowed = body[: body.rindex(b"&")]
    assert verify([TOKEN], URL, allowed, FORM, signed(allowed)).signer is not None


@pytest.mark.parametrize(
    ("asked", "signed_as"),
    [
        ("https://h:8443/voice", "https://h/voice"),
        ("https://h:8443/voice", "https://h:8443/voice"),
        ("https://h/voice", "https://h:443/voice"),
        ("http://h/sms", "http://h:80/sms"),
        ("https://user:pw@h:8443/voice", "https://h/voice"),
        ("https://user:pw@h:8443/voice", "https://user:pw@h:8443/voice"),
        ("https://user:pw@h:8443/voice", "https://user:pw@h/voice"),
        ("https://[::1]:8443/voice", "https://[::1]/voice"),
        ("https://h/voice?", "https://h/voice"),
        ("https://h/voice", "https://h/voice?"),
        ("https://h", "https://h:443"),
    ],
)
def test_port_credentials_and_a_bare_question_mark_may_be_signed_or_not(asked, signed_as):
    assert verify([TOKEN], asked, BODY, FORM, signed(url=signed_as)).signer is not None


@pytest.mark.parametrize(
    ("asked", "signed_as"),
    [
        ("https://h/voice", "http://h/voice"),
        ("https://h/voice", "https://H/voice"),
        ("https://h/voice", "https://h/voice/"),
        ("https://h/voice?a=1&b=2", "https://h/voice?b=2&a=1"),
        ("https://h/voice", "https://h:8443/voice"),
        ("https://h/voice?a=1", "https://h/voice?a=1?"),
        ("https://h/voice", "https://h.evil.example/voice"),
        ("https://h/voice", "https://h/voice#rc=2"),
    ],
)
def test_any_other_difference_in_the_address_is_refused(asked, signed_as):
    assert verify([TOKEN], asked, BODY, FORM, signed(url=signed_as)).signer is None


def wsgi(text: str) -> str:
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REQUEST_URI": "/voice?", "PATH_INFO": "/voice"}, ("/voice?",)),
        ({"RAW_URI": "/a%2Fb?q=%7B1%7D+b"}, ("/a%2Fb?q=%7B1%7D+b",)),
        ({"REQUEST_URI": wsgi("/España?año=2")}, ("/España?año=2",)),
        ({"REQUEST_URI": "http://evil.example/voice?a=1"}, ("/voice?a=1",)),
        ({"REQUEST_URI": "//evil.example/voice"}, ("//evil.example/voice",)),
        ({"PATH_INFO": "/voice", "QUERY_STRING": "q=%C3%A9&b"}, ("/voice?q=%C3%A9&b",)),
        ({"PATH_INFO": wsgi("/España"), "QUERY_STRING": ""}, ("/Espa%C3%B1a", "/España")),
        ({"PATH_INFO": "/é\x00"}, ("/%EF%BF%BD%00", "/\ufffd\x00")),
        ({}, ("",)),
    ],
    ids=[
        "bare ?",
        "percent-encoded",
        "UTF-8",
        "absolute form",
        "two slashes",
        "decoded by the server",
        "accents decoded by the server",
        "not UTF-8",
        "nothing",
    ],
)
def test_the_target_is_the_one_requested(environ, expected):
    assert targets(environ) == expected


@pytest.mark.parametrize("path", ["/voice", "/voice?a=%C3%A9", "/voice?b=2&a=1", "/voice/1/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_is_checked_under_the_public_address_whatever_its_headers_say(path, method):
    url = "https://line.example" + path
    body = BODY if method == "POST" else b""
    headers = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Path": "/other",
        "X-Twilio-Signature": sign(TOKEN, url, form_pairs(body)),
    }
    builder = EnvironBuilder(path, method=method, headers=headers, data=body, content_type=FORM)
    environ = builder.get_environ()
    assert check([TOKEN], "https://line.example", environ, body).signer is not None
    assert check([TOKEN], "https://line.example/", environ, body).signer is not None
    assert check([TOKEN], "https://evil.example", environ, body).signer is None


def test_a_shared_key_header_is_read_from_the_request():
    builder = EnvironBuilder(
        "/voice",
        method="POST",
        data=BODY,
        content_type=FORM,
        headers={
            "X-Twilio-Signature": sign(TOKEN, "https://h/voice", form_pairs(BODY)),
            "X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256",
        },
    )
    verdict = check([TOKEN], "https://h", builder.get_environ(), BODY)
    assert "shared key" in verdict.reason


def test_a_refusal_names_no_secret_no_query_and_no_field():
    verdict = verify([TOKEN], URL + "?q=private", BODY, FORM, "wrong")
    for secret in (TOKEN, "private", "2125550199", "CA1"):
        assert secret not in verdict.reason
    assert sys.getsizeof(verdict.reason) < 400
