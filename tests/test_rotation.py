"""Keys and tokens replaced while people rely on what the old ones protected."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.failure.crowd import STOP, STOPPED, small_release
from tests.test_webhook import raw
from voice.assembly import build
from voice.dialog import State
from voice.exchange import Phone, send
from voice.inbox import lines
from voice.live import Live
from voice.measures import measures
from voice.release import Release, address
from voice.seal import Seal
from voice.settings import read
from voice.store import Store, Tally, contact_keys, open_store, read_contact
from voice.store.migrating import migrate

URL = "https://line.example"
ANA, BO, CY = "+12125550101", "+12125550102", "+12125550103"
OLD, NEW = {}, {}
OLD |= {"TWILIO_AUTH_TOKEN": "old-token", "SECRET_KEY": "s" * 32, "CONTACT_KEY": "c" * 32}
NEW |= {"TWILIO_AUTH_TOKEN": "new-token", "SECRET_KEY": "S" * 32, "CONTACT_KEY": "C" * 32}
BOTH = NEW | {f"{name}_PREVIOUS": value for name, value in OLD.items()}
LATER = NEW | {"CONTACT_KEY_PREVIOUS": OLD["CONTACT_KEY"]}
"""When the rest of the old ones may go, as docs/operations.md says."""
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def release() -> Release:
    return small_release(URL)


@dataclass
class Line:
    """The line with one set of keys, and a Twilio that signs with one of the tokens."""

    phone: Phone
    store: Store
    release: Release
    keys: tuple[bytes, ...]
    secrets: tuple[bytes, ...]

    def ask(self, path: str, token: str = "", **fields: str) -> bytes:
        """What the line answers; a status alone where it is not 200."""
        phone = self.phone
        if token:
            phone = Phone(phone.fetch, URL, token, number=ANA)
        answer = send(phone, "POST", URL + path, fields)
        return answer.body if answer.status == 200 else str(answer.status).encode()

    def key(self, place: str, digits: str, number: str, token: str = "") -> bytes:
        path = address(1, State(place, "fr-FR", "normal"))
        return self.ask(path, token, CallSid=f"CA{number}", From=number, Digits=digits)

    def said(self, place: str, notice: str) -> bytes:
        return self.release.answer(State(place, "fr-FR", "normal", notice=notice))

    def waiting(self) -> str:
        """What staff are shown of call-backs, numbers too."""
        return "\n".join(lines(self.store, self.release.script, Seal(self.secrets), NOW))


@contextmanager
def line(folder: Path, release: Release, given: dict[str, str]) -> Iterator[Line]:
    environ = {"PUBLIC_URL": URL, "INSTANCE": str(folder), "CARRIER_KEYWORDS": "line"}
    settings = read(environ | given, root=ROOT)
    store = open_store(settings.database_url)
    migrate(store)
    live = Live(URL, folder)
    live.release = release
    tally = Tally(store)
    app = build(settings, store, live, tally, measures(), lambda: NOW, lambda: None)
    phone = Phone(raw(app), URL, given["TWILIO_AUTH_TOKEN"], number=ANA)
    yield Line(phone, store, release, settings.contact_keys, settings.secret_keys)
    tally.close()
    store.close()


def test_what_was_promised_under_the_old_keys_holds_under_the_new_ones(
    tmp_path: Path, release: Release
) -> None:
    with line(tmp_path, release, OLD) as now:
        assert STOPPED in now.ask("/sms", MessageSid="SM1", From=ANA, Body=STOP)
        asks_call_back(now, BO)
    with line(tmp_path, release, BOTH) as now:
        for token in ("old-token", "new-token"):
            assert now.key("main", "1", CY, token) not in (b"403", b"")
        assert now.key("text.lavage", "1", ANA) == now.said("after.lavage", "opted-out")
        assert now.key("text.lavage", "1", CY) == now.said("after.lavage", "failed")
        assert now.waiting().count(BO) == 1
        asks_call_back(now, CY)
    with line(tmp_path, release, LATER) as now:
        assert now.key("main", "1", CY, "old-token") == b"403"
        assert now.key("text.apres", "1", ANA) == now.said("after.apres", "opted-out")
        assert "sealed with another SECRET_KEY" in now.waiting()
        assert (BO in now.waiting(), CY in now.waiting()) == (False, True)


def asks_call_back(now: Line, number: str) -> None:
    assert b"/callback-time/" in now.key("callback", "1", number)
    assert b"/callback-done/" in now.key("callback-time", "3", number)


def test_whoever_comes_back_is_known_under_the_new_key_alone(
    tmp_path: Path, release: Release
) -> None:
    """Why the old contact key may never go: it does so only for those who were heard of since."""
    with line(tmp_path, release, OLD) as now:
        for sid, number in (("SM1", ANA), ("SM2", BO)):
            now.ask("/sms", MessageSid=sid, From=number, Body=STOP)
    with line(tmp_path, release, BOTH) as now:
        now.ask("/sms", MessageSid="SM3", From=ANA, Body="oreille")
        new = [NEW["CONTACT_KEY"].encode()]
        assert read_contact(now.store, contact_keys(new, ANA)).opted_out_at == NOW
        assert read_contact(now.store, contact_keys(new, BO)) is None
        assert read_contact(now.store, contact_keys(now.keys, BO)).opted_out_at == NOW


def test_a_request_signed_with_no_token_of_ours_is_refused_at_every_stage(
    tmp_path: Path, release: Release
) -> None:
    for stage, (given, accepted) in enumerate(
        [(OLD, {"old-token"}), (BOTH, {"old-token", "new-token"}), (LATER, {"new-token"})]
    ):
        with line(tmp_path, release, given) as now:
            for token in ("old-token", "new-token", "another"):
                fields = {"MessageSid": f"SM{stage}{token}", "From": CY, "Body": "oreille"}
                refused = now.ask("/sms", token, **fields) == b"403"
                assert refused is (token not in accepted), (stage, token)
