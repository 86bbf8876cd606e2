"""Signing in by the clinic's own service: who is known, who is not, and what is forged."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.console.conftest import Browser, Clock, Office, furnished
from tests.databases import laid_out
from tests.house import settings_in
from voice.instance import opened_store
from voice.settings import SettingsError, read

CLIENT, SECRET = "line-client", "line-secret-of-the-clinic"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
BACK = "http://127.0.0.1:8000/console/sign-in/openid/back"


@dataclass
class Service:
    """A sign-in service on this machine; `says` is what it says of whoever comes."""

    issuer: str = ""
    says: dict[str, object] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    calls_itself: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    exchanged: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, environ, start_response):
        request = Request(environ)
        return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        if request.path == "/.well-known/openid-configuration":
            return _json(
                issuer=self.calls_itself or self.issuer,
                authorization_endpoint=f"{self.issuer}/authorize",
                token_endpoint=f"{self.issuer}/token",
                jwks_uri=f"{self.issuer}/keys",
                id_token_signing_alg_values_supported=["RS256"],
            )
        if request.path == "/keys":
            return _json(keys=[KEY.as_dict(private=False, use="sig", alg="RS256")])
        self.exchanged.append(request.form.to_dict())
        return _json(access_token="a", token_type="Bearer", id_token=self.token())

    def token(self) -> str:
        told = {
            "iss": self.issuer, "aud": CLIENT, "sub": "person-7", "exp": 4_000_000_000,
            "iat": 1_700_000_000, "nonce": self.asked.get("nonce", ""),
            "email": "ana@clinic.org", "email_verified": True,
        } | self.says  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "one"}, told, self.key)


def _json(**told: object) -> Response:
    return Response(json.dumps(told), mimetype="application/json")


@pytest.fixture
def service() -> Iterator[Service]:
    told = Service()
    server = make_server("127.0.0.1", 0, told, threaded=True)
    told.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def opened(folder: Path, names: dict[str, str]) -> Iterator[Office]:
    settings = settings_in(folder, **{f"OPENID_{name}": value for name, value in names.items()})
    laid_out(settings.instance)
    with opened_store(settings) as store:
        yield furnished(settings, store, Clock())


@pytest.fixture
def clinic(tmp_path: Path, service: Service) -> Iterator[Office]:
    """An office whose settings name the service."""
    names = {"ISSUER": service.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}
    with opened(tmp_path, names) as made:
        made.hire("ana@clinic.org", "editor")
        made.hire("bo@clinic.org", "writer")
        yield made


def leave(browser: Browser, service: Service, next: str = "/console/use") -> str:
    """Press the button; the address to come back to."""
    answer = browser.get(f"/console/sign-in/openid?next={next}")
    assert answer.location.startswith(f"{service.issuer}/authorize?"), answer.text
    service.asked = {k: v[0] for k, v in parse_qs(urlsplit(answer.location).query).items()}
    return f"/console/sign-in/openid/back?code=one-time&state={service.asked['state']}"


def test_the_button_is_there_only_where_the_clinic_has_a_service(clinic: Office, office: Office):
    for language, label in (("en", "with your clinic account"), ("es", "cuenta de la clínica")):
        assert label in clinic.browser(language).get("/console/sign-in").text
        assert label not in office.browser(language).get("/console/sign-in").text
    there = office.browser().get("/console/sign-in/openid").location
    assert there.startswith("/console/sign-in?")


def test_who_is_invited_comes_in_by_their_verified_address(clinic: Office, service: Service):
    browser = clinic.browser()
    answer = browser.get(leave(browser, service))
    assert 'url=/console/use"' in answer.text
    assert browser.get("/console/account").status_code == 200
    assert "ana@clinic.org" in browser.page
    (sent,) = service.exchanged
    assert (sent["code"], sent["redirect_uri"]) == ("one-time", BACK)
    assert sent["code_verifier"]
    assert service.asked["code_challenge_method"] == "S256"
    assert service.asked["scope"] == "openid email"


def test_later_they_are_known_whatever_their_address(clinic: Office, service: Service):
    first = clinic.browser()
    first.get(leave(first, service))
    service.says = {"email": "ana.new@clinic.org", "email_verified": False}
    second = clinic.browser()
    assert "You are signed in" in second.get(leave(second, service)).text


REFUSED = {
    "nobody here": {"email": "eve@clinic.org"},
    "not verified": {"email_verified": False},
    "verified, says nobody": {"email_verified": "true"},
    "for somebody else": {"aud": "another-client"},
    "another visit's": {"nonce": "other"},
    "another service's": {"iss": "https://elsewhere.example"},
    "over": {"exp": 1_700_000_001},
}


@pytest.mark.parametrize("says", REFUSED.values(), ids=REFUSED)
def test_nobody_else_comes_in(clinic: Office, service: Service, says: dict[str, object]):
    service.says = says
    browser = clinic.browser()
    answer = browser.get(leave(browser, service))
    assert answer.status_code in (403, 502)
    assert 'class="errors"' in answer.text
    assert browser.get("/console/account").status_code == 303


def test_what_somebody_else_signed_is_refused(clinic: Office, service: Service):
    service.key = OTHER
    browser = clinic.browser()
    assert browser.get(leave(browser, service)).status_code == 502


def test_a_service_that_calls_itself_something_else_is_refused(clinic: Office, service: Service):
    service.calls_itself = "https://elsewhere.example"
    browser = clinic.browser()
    assert browser.get(leave(browser, service)).status_code == 502


def test_coming_back_without_leaving_or_too_late_is_nothing(clinic: Office, service: Service):
    browser = clinic.browser()
    assert browser.get("/console/sign-in/openid/back?code=a&state=b").status_code == 403
    for minutes in (11, -11):  # too late, or by a clock that was ahead
        back = leave(browser, service)
        clinic.clock.pass_by(minutes=minutes)
        assert browser.get(back).status_code == 403
    back = leave(browser, service)
    assert browser.get(back.replace("state=", "state=x")).status_code == 502
    assert browser.get("/console/account").status_code == 303


def test_who_left_the_clinic_comes_in_no_more(clinic: Office, service: Service):
    browser = clinic.browser()
    browser.get(leave(browser, service))
    clinic.hire("max@clinic.org", "manager")
    manager = clinic.signed_in("max@clinic.org")
    manager.get("/console/people/1")
    manager.post("/console/people/1/deactivate")
    again = clinic.browser()
    assert again.get(leave(again, service)).status_code == 403


def test_an_address_given_to_somebody_new_opens_no_old_account(clinic: Office, service: Service):
    browser = clinic.browser()
    browser.get(leave(browser, service))
    service.says = {"sub": "person-8"}
    newcomer = clinic.browser()
    answer = newcomer.get(leave(newcomer, service))
    assert answer.status_code == 403
    assert "connected to another clinic account" in answer.text


def test_one_connects_ones_own_account_where_the_service_vouches_for_no_address(
    clinic: Office, service: Service
):
    service.says = {"email": "robert@hospital.example", "email_verified": False}
    bo = clinic.signed_in("bo@clinic.org")
    assert "Connect my clinic account" in bo.get("/console/account").text
    bo.get(leave(bo, service))
    later = clinic.browser()
    later.get(leave(later, service))
    later.get("/console/account")
    assert "bo@clinic.org" in later.page


def test_a_service_that_is_away_is_told(clinic: Office, service: Service, tmp_path: Path):
    names = {"ISSUER": "http://127.0.0.1:9", "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}
    with opened(tmp_path / "other", names) as made:
        answer = made.browser("es").get("/console/sign-in/openid")
    assert answer.status_code == 502
    assert "no responde ahora" in answer.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ISSUER": "https://login.example.org"}, "OPENID_CLIENT_ID is missing"),
        ({"CLIENT_ID": "a", "CLIENT_SECRET": "b"}, "OPENID_ISSUER is missing"),
        (
            {"ISSUER": "http://login.example.org", "CLIENT_ID": "a", "CLIENT_SECRET": "b"},
            "OPENID_ISSUER is not https",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_told(
    tmp_path: Path, given: dict[str, str], told: str
):
    named = {f"OPENID_{name}": value for name, value in given.items()}
    with pytest.raises(SettingsError, match=re.escape(told)):
        read({"INSTANCE": str(tmp_path), **named})
