"""The factory: headers, errors, health, metrics, logs, and the clips on their shelf."""

import io
import json
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Blueprint, Flask, request

from tests import databases, kept
from tests.house import QUICK
from voice import dialog, logs
from voice.assembly import Keeper, build
from voice.instance import opened_store
from voice.live import Live
from voice.measures import measures
from voice.release import Release
from voice.script import Script, Utterance
from voice.settings import Settings, read
from voice.signature import FORM, form_pairs, sign
from voice.speech.clips import Clip, Manifest, Mp3, digest_of, read_manifest, write_manifest
from voice.store import (
    Store,
    StoreError,
    Tally,
    ask_call_back,
    keep_number,
    note_unmatched,
    open_store,
    publish,
    unmatched,
)
from voice.web import LARGEST_BODY, clip_headers, create_app

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TOKEN = "12345"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SOUND = b"RIFF" + bytes(range(256)) * 4
MP3 = b"ID3" + bytes(range(256))


def clip_of(words: str, locale: str, lead: int) -> Clip:
    return Clip(
        digest=digest_of({"words": words, "lead": lead, "locale": locale}),
        words=words,
        locale=locale,
        pace="normal",
        lead=lead,
        speaker="test",
        engine="test",
        seconds=1.0,
        level=-21.0,
        wpm=132.0,
        sha256=sha256(SOUND).hexdigest(),
    )


def make_clips(folder: Path, utterances: Iterable[Utterance]) -> str:
    """A clip for each utterance and one MP3; the name of the first clip."""
    said = [clip_of(one.words, one.locale, one.lead) for one in utterances]
    values = asdict(said[0]) | {"topic": "risks", "parts": ("x",), "bytes": len(MP3)}
    kept = ("digest", "topic", "locale", "pace", "parts", "speaker", "engine", "seconds", "level")
    mp3 = Mp3(**{name: values[name] for name in (*kept, "bytes")}, sha256=sha256(MP3).hexdigest())
    folder.mkdir(exist_ok=True)
    for clip in said:
        (folder / clip.name).write_bytes(SOUND)
    (folder / mp3.name).write_bytes(MP3)
    write_manifest(folder, Manifest({clip.key: clip for clip in said}, {mp3.key: mp3}))
    return said[0].name


def settings_in(folder: Path) -> Settings:
    (folder / "scripts").mkdir()
    environ = {"TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_URL": "https://line.example"}
    return read(environ, folder)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="module")
def release(script) -> Release:
    return kept.served(script)


@pytest.fixture
def line(settings, script, release) -> "Iterator[Line]":
    made = Line(settings, script, release)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def steady(tmp_path_factory, script, release) -> "Iterator[Line]":
    """A line that no test changes."""
    made = Line(settings_in(tmp_path_factory.mktemp("steady")), script, release)
    yield made
    made.store.close()


class Line:
    """A line on a store and clips of its own."""

    def __init__(self, settings: Settings, script: Script, release: Release) -> None:
        self.settings = settings
        databases.laid_out(settings.instance)
        self.store = open_store(settings.database_url)
        publish(self.store, script.files, "", NOW)
        self.clip = make_clips(settings.audio, release.unspoken[:2])
        self.live = Live(settings.public_url, settings.audio)
        self.counts = measures()
        tally = Tally(self.store, every=3600)
        parts = (settings, self.store, self.live, tally, self.counts, lambda: NOW)
        self.app = build(*parts, passwords=QUICK)
        self.client = self.app.test_client()
        self.live.release, self.live.manifest = release, read_manifest(settings.audio)

    def post(self, path: str, body: bytes, **headers: str):
        signature = sign(TOKEN, self.settings.public_url + path, form_pairs(body))
        headers = {"X-Twilio-Signature": signature} | headers
        return self.client.post(path, data=body, content_type=FORM, headers=headers)


OPENED: list[Store] = []


@pytest.fixture(autouse=True)
def stores_closed() -> Iterator[None]:
    """Close the stores `with_doors` opened."""
    yield
    while OPENED:
        OPENED.pop().close()


def with_doors(settings: Settings, *views: Callable[[], object]) -> Flask:
    door = Blueprint("test", __name__)
    for view in views:
        door.add_url_rule(f"/voice/{view.__name__}", f"v-{view.__name__}", view, methods=["POST"])
        door.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["GET", "POST"])
    live = Live(settings.public_url, settings.audio)
    OPENED.append(open_store(settings.database_url))
    return create_app(settings, OPENED[-1], live, measures(), [door])


# Health ------------------------------------------------------------------------------------------


def test_a_line_with_a_release_is_alive_and_ready(steady):
    assert (steady.client.get("/healthz").status_code, steady.client.get("/healthz").text) == (
        200,
        "alive\n",
    )
    answer = steady.client.get("/readyz")
    unspoken = len(steady.live.release.unspoken)
    assert answer.status_code == 200
    assert answer.get_json() == {
        "ready": True,
        "release": 1,
        "clips": {"missing": unspoken},
        "store": "reachable",
    }
    assert unspoken > 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/listen", "/listen/risks?locale=es-US"])
def test_a_slash_at_the_end_of_an_address_changes_nothing(steady, path, caplog):
    caplog.set_level(logging.INFO, "voice.access")
    place, mark, query = path.partition("?")
    plain, slashed = (steady.client.get(one) for one in (path, f"{place}/{mark}{query}"))
    assert (slashed.status_code, slashed.text) == (200, plain.text)
    told = [(record.route, record.levelname) for record in caplog.records]
    assert told[: len(told) // 2] == told[len(told) // 2 :]


def test_before_the_first_release_the_line_is_alive_but_not_ready(settings):
    client = with_doors(settings).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["release"] is None
    assert "no tables" in answer.get_json()["store"]


def test_a_line_whose_store_is_gone_still_answers_calls_and_says_why(line):
    line.store.close()
    database = line.settings.instance / "line.db"
    for file in line.settings.instance.glob("line.db*"):
        file.unlink()
    database.mkdir()
    answer = line.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["store"].startswith("degraded: ")
    assert str(database) not in answer.text
    call = line.post("/voice", b"CallSid=CA1&From=%2B12125550199")
    assert (call.status_code, b"<Gather" in call.data) == (200, True)


# Headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/listen", "/nowhere", "/voice", "/metrics"]
)
def test_every_answer_carries_the_headers_that_protect_its_reader(steady, path):
    headers = steady.client.get(path, headers=HTML).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "ranian" not in str(headers)
    assert "Werkzeug" not in str(headers)


def test_a_clip_is_no_page_and_is_never_taken_for_one(steady):
    answer = steady.client.get(f"/audio/{steady.clip}")
    assert answer.data == SOUND
    kept = ("Content-Type", "Content-Length", "Content-Disposition", "Accept-Ranges")
    assert set(answer.headers.keys()) == {
        *kept, "Cache-Control", "ETag", "X-Content-Type-Options", "Server",
    }  # fmt: skip
    protected = clip_headers(steady.settings)
    assert protected == {"X-Content-Type-Options": "nosniff", "Server": "kypholine"}
    assert protected.items() <= dict(answer.headers).items()


# Errors ------------------------------------------------------------------------------------------


def boom() -> object:
    raise RuntimeError("+12125550199 said something private")


def body() -> object:
    return str(len(request.get_data()))


@pytest.mark.parametrize("path", ["/voice/boom", "/boom"])
def test_a_failure_shows_nothing_of_itself_and_the_log_only_its_kind_and_place(
    settings, path, caplog
):
    app = with_doors(settings, boom)
    app.debug = True
    answer = app.test_client().post(path, headers=HTML)
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "private" not in answer.text
    lines = [logs.Lines("plain").format(record) for record in caplog.records]
    (told,) = [told for told in lines if "RuntimeError" in told]
    assert "test_web.py" in told
    assert "private" not in "".join(lines)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/voice/boom", "POST", 500),
        ("/voice/boom", "GET", 405),
        ("/voice/nowhere", "POST", 404),
        ("/sms/nowhere", "POST", 404),
        ("/voice/body", "POST", 413),
    ],
)
def test_an_error_on_twilios_paths_has_a_status_and_no_body(settings, path, method, status):
    client = with_doors(settings, boom, body).test_client()
    answer = client.open(path, method=method, data=b"x" * (LARGEST_BODY + 1), headers=HTML)
    assert (answer.status_code, answer.data) == (status, b"")


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 413)])
def test_a_body_may_be_64_kib_and_no_larger(settings, extra, status):
    client = with_doors(settings, body).test_client()
    assert client.post("/body", data=b"x" * (LARGEST_BODY + extra)).status_code == status


def test_a_signed_webhook_that_is_too_large_is_refused_unread(line):
    answer = line.post("/sms", b"Body=" + b"x" * LARGEST_BODY)
    assert (answer.status_code, answer.data) == (413, b"")


@pytest.mark.parametrize(("extra", "status"), [(-1, 200), (0, 413), (36_000, 413)])
def test_a_signed_webhook_in_chunks_is_read_as_far_as_the_limit_and_no_further(
    line, extra, status, caplog
):
    sent = io.BytesIO(b"MessageSid=SM1&From=%2B12125550199&Body=".ljust(LARGEST_BODY + extra, b"x"))
    signature = sign(TOKEN, f"{line.settings.public_url}/sms", form_pairs(sent.getvalue()))
    headers = {"X-Twilio-Signature": signature, "Transfer-Encoding": "chunked"}
    ends = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    given = {"input_stream": sent, "content_type": FORM, "environ_overrides": ends}
    answer = line.client.post("/sms", headers=headers, **given)
    assert (answer.status_code, answer.data == b"") == (status, status == 413)
    assert sent.tell() == min(LARGEST_BODY, LARGEST_BODY + extra)
    assert "fits no token" not in caplog.text


@pytest.mark.parametrize("file", [b"", b'; filename="a.txt"'], ids=["field", "file"])
@pytest.mark.parametrize("path", ["/console/sign-in", "/console/sign-in/code", "/console/link/x"])
def test_a_form_with_a_field_that_has_no_name_is_refused(steady, path, file, caplog):
    form = b"--x\r\nContent-Disposition: form-data%s\r\n\r\nvalue\r\n--x--\r\n" % file
    answer = steady.client.post(path, data=form, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert "failed" not in caplog.text


@pytest.mark.parametrize("path", ["/nowhere", "/audio/nothing", "/x//listen"])
def test_an_unknown_page_is_told_in_the_readers_language(steady, path):
    spanish = steady.client.get(path, headers=HTML | {"Accept-Language": "es"})
    assert spanish.status_code == 404
    assert 'lang="es' in spanish.text
    plain = steady.client.get(path)
    assert (plain.status_code, plain.text) == (404, "404 Not Found\n")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/boom", 500, "Algo falló aquí"), ("/nowhere", 404, "Esta página no está aquí")],
)
def test_an_error_page_needs_no_release(settings, path, status, said):
    answer = with_doors(settings, boom).test_client().get(path, headers=HTML)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "<style" not in answer.text


def test_the_error_page_tells_the_clinics_number(steady, script):
    answer = steady.client.post("/healthz", headers=HTML)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "GET", "HEAD"}
    assert f"tel:{script.line.phone.dialled}" in answer.text
    with steady.client.get("/static/error.css") as style:
        assert style.status_code == 200


def test_an_error_page_that_fails_is_replaced_by_a_plainer_one(line, release, caplog):
    line.live.release = replace(release, script=replace(release.script, prompts=None))
    answer = line.client.get("/nowhere", headers=HTML)
    assert (answer.status_code, "Esta página no está aquí" in answer.text) == (404, True)
    assert "failed" in caplog.text


def test_the_first_page_is_the_list_of_topics(steady):
    answer = steady.client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/listen")


# Clips -------------------------------------------------------------------------------------------


def test_a_clip_is_served_whole_with_its_type_and_may_be_kept_for_ever(steady):
    answer = steady.client.get(f"/audio/{steady.clip}")
    assert (answer.status_code, answer.data) == (200, SOUND)
    headers = answer.headers
    assert headers["Content-Type"] == "audio/wav"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["ETag"] == f'"{sha256(SOUND).hexdigest()}"'
    assert headers["Content-Disposition"] == "inline"
    assert headers["Accept-Ranges"] == "bytes"


def test_a_topics_mp3_says_it_is_one(steady):
    (name,) = [path.name for path in steady.settings.audio.glob("*.mp3")]
    answer = steady.client.get(f"/audio/{name}")
    assert (answer.data, answer.headers["Content-Type"]) == (MP3, "audio/mpeg")
    assert len(name) <= 20


def test_head_tells_the_same_without_the_sound(steady):
    whole = steady.client.get(f"/audio/{steady.clip}")
    answer = steady.client.head(f"/audio/{steady.clip}")
    assert (answer.status_code, answer.data) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
        assert answer.headers[name] == whole.headers[name]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("given", ['"{0}"', '"other", "{0}"', "*", 'W/"{0}"'])
def test_what_the_asker_has_is_not_sent_again(steady, method, given):
    etag = given.format(sha256(SOUND).hexdigest())
    answer = steady.client.open(
        f"/audio/{steady.clip}", method=method, headers={"If-None-Match": etag}
    )
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 9),
        ("bytes=10-", 206, 10, len(SOUND) - 1),
        ("bytes=-5", 206, len(SOUND) - 5, len(SOUND) - 1),
        ("bytes=0-999999", 206, 0, len(SOUND) - 1),
        ("bytes=0-1,4-5", 200, 0, len(SOUND) - 1),
        ("seconds=1-2", 200, 0, len(SOUND) - 1),
        ("nonsense", 200, 0, len(SOUND) - 1),
    ],
)
def test_a_part_of_a_clip_can_be_asked_for(steady, asked, status, first, last):
    answer = steady.client.get(f"/audio/{steady.clip}", headers={"Range": asked})
    assert (answer.status_code, answer.data) == (status, SOUND[first : last + 1])
    if status == 206:
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND)}"


NO_DATES = (
    "Mon, 01 Jan 99999999999 00:00:00 GMT",
    "Mon, 01 Jan 2020 99999999999:00:00 GMT",
    "1 Jan 99999999999999999999 00:00:00",
    "Mon, 01 Jan 2020 00:00:00 +99999999999999999999",
)


@pytest.mark.parametrize("date", NO_DATES, ids=["year", "hour", "large-year", "zone"])
@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
def test_a_date_that_no_calendar_has_is_as_good_as_none(steady, header, date, caplog):
    given = {"Range": "bytes=0-5"} if header == "If-Range" else {}
    for path in (f"/audio/{steady.clip}", "/static/listen.css"):
        for method in ("GET", "HEAD"):
            told, plain = (
                steady.client.open(path, method=method, headers=headers, buffered=True)
                for headers in (given | {header: date}, given)
            )
            assert (told.status_code, told.data) == (plain.status_code, plain.data)
            assert told.status_code < 300
    assert "failed" not in caplog.text


def test_a_style_sheet_that_is_as_it_was_is_not_sent_again(steady):
    first = steady.client.get("/static/listen.css", buffered=True)
    known = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = steady.client.get("/static/listen.css", headers=known, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_beyond_the_end_is_told_how_long_the_clip_is(steady):
    answer = steady.client.get(f"/audio/{steady.clip}", headers={"Range": "bytes=99999-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(SOUND)}")


@pytest.mark.parametrize(
    ("etag", "status"), [(f'"{sha256(SOUND).hexdigest()}"', 206), ('"other"', 200)]
)
def test_a_part_of_another_clip_is_not_mixed_with_this_one(steady, etag, status):
    headers = {"Range": "bytes=0-9", "If-Range": etag}
    assert steady.client.get(f"/audio/{steady.clip}", headers=headers).status_code == status


@pytest.mark.parametrize(
    "name",
    [
        "0000000000000000.wav",
        "manifest.json",
        "..%2Fkeys.json",
        "..%2F..%2Finstance%2Fkeys.json",
        "%2Fetc%2Fpasswd",
        "0123456789ABCDEF.wav",
        "0123456789abcdef.wav%00",
        "0123456789abcdef.wav%0A",
        "0123456789abcdef.ogg",
        "",
    ],
)
def test_nothing_but_listed_clips_is_on_the_shelf(steady, name):
    assert steady.client.get(f"/audio/{name}").status_code == 404


def test_a_file_the_manifest_does_not_list_is_not_served(line):
    (line.settings.audio / "0123456789abcdef.wav").write_bytes(SOUND)
    assert line.client.get("/audio/0123456789abcdef.wav").status_code == 404


@pytest.mark.parametrize("asked_before", [True, False])
@pytest.mark.parametrize("spoil", ["shorter", "same length", "gone"])
def test_other_bytes_than_the_recorded_ones_are_never_served(line, spoil, asked_before):
    path = line.settings.audio / line.clip
    if asked_before:
        assert line.client.get(f"/audio/{line.clip}").status_code == 200
    path.unlink()
    if spoil != "gone":
        path.write_bytes(SOUND[:100] if spoil == "shorter" else SOUND[::-1])
    assert line.client.get(f"/audio/{line.clip}").status_code == 404


# Metrics and logs --------------------------------------------------------------------------------


def test_metrics_tell_requests_refusals_the_release_and_missing_clips(line):
    line.post("/voice", b"CallSid=CA1")
    line.client.post("/voice", data=b"CallSid=CA1", content_type=FORM)
    line.client.get("/nowhere")
    told = line.client.get("/metrics").text
    for row in (
        'kypholine_requests_total{endpoint="webhook.voice",status="200"} 1.0',
        'kypholine_requests_total{endpoint="webhook.voice",status="403"} 1.0',
        'kypholine_requests_total{endpoint="-",status="404"} 1.0',
        'kypholine_request_seconds_count{endpoint="webhook.voice"} 2.0',
        'kypholine_signatures_refused_total{kind="unsigned"} 1.0',
        'kypholine_signatures_refused_total{kind="misfit"} 0.0',
        'kypholine_signatures_refused_total{kind="foreign"} 0.0',
        "kypholine_release 1.0",
        f"kypholine_clips_missing {float(len(line.live.release.unspoken))}",
    ):
        assert row in told


CALLER = b"CallSid=CA1&From=%2B12125550199"


def test_metrics_tell_who_was_answered_with_an_apology_and_why(line, monkeypatch):
    def away(*_: object) -> str:
        raise StoreError("away")

    for path in ("/voice", "/voice/1/main/en-US/normal/0"):
        assert line.post(path, CALLER).status_code == 200
    assert rows_of(line, "apologies") == {
        'kypholine_apologies_total{channel="call",kind="error"} 0.0',
        'kypholine_apologies_total{channel="call",kind="store"} 0.0',
        'kypholine_apologies_total{channel="message",kind="error"} 0.0',
        'kypholine_apologies_total{channel="message",kind="store"} 0.0',
    }
    whole = line.live.release
    states = [state for state in whole.replies if state.place == "apology"]
    sorry = {state: whole.replies[state] for state in states}
    line.live.release = replace(whole, replies=sorry)
    for path in ("/voice", "/voice/1/main/en-US/normal/0", "/voice"):
        assert line.post(path, CALLER).status_code == 200
    line.live.release = whole
    with monkeypatch.context() as patch:
        patch.setattr("voice.webhook.calls.number_kept", away)
        line.post("/voice/1/callback-check/en-US/normal/0", CALLER)
        patch.setattr("voice.webhook.texts.see", away)
        for words in (b"risks", b"no+more+texts"):
            line.post("/sms", b"MessageSid=SM1&From=%2B12125550199&Body=" + words)
    with monkeypatch.context() as patch:
        patch.setattr("voice.webhook.texts.read", lambda *_: 1 // 0)
        line.post("/sms", b"MessageSid=SM1&From=%2B12125550199&Body=risks")
    assert rows_of(line, "apologies") == {
        'kypholine_apologies_total{channel="call",kind="error"} 3.0',
        'kypholine_apologies_total{channel="call",kind="store"} 1.0',
        'kypholine_apologies_total{channel="message",kind="error"} 1.0',
        'kypholine_apologies_total{channel="message",kind="store"} 1.0',
    }


def rows_of(line: Line, name: str) -> set[str]:
    told = line.client.get("/metrics").text.splitlines()
    return {row for row in told if row.startswith(f"kypholine_{name}_total")}


def test_calls_are_counted_once_each_and_practice_is_neither_a_call_nor_an_apology(line):
    for path in ("/voice", "/voice/1/main/en-US/normal/0", "/voice/", "/voice/9/nowhere"):
        line.post(path, CALLER)
    own = line.settings.instance_token
    line.live.release = replace(line.live.release, replies={})
    signature = sign(own, f"{line.settings.public_url}/voice", form_pairs(CALLER))
    headers = {"X-Twilio-Signature": signature}
    answer = line.client.post("/voice", data=CALLER, content_type=FORM, headers=headers)
    assert answer.status_code == 500
    told = line.client.get("/metrics").text
    assert "kypholine_calls_total 2.0" in told
    assert 'kypholine_apologies_total{channel="call",kind="error"} 0.0' in told


@pytest.mark.parametrize("path", ["/voice", "/voice/1/main/en-US/normal/0"])
def test_where_even_the_apology_fails_the_error_is_counted(line, path, caplog):
    line.live.release = replace(line.live.release, replies={})
    answer = line.post(path, CALLER)
    assert (answer.status_code, answer.data) == (500, b"")
    row = 'kypholine_requests_total{endpoint="webhook.voice",status="500"} 1.0'
    assert row in line.client.get("/metrics").text
    assert "call_document failed: KeyError" in caplog.text


def test_metrics_tell_where_callers_are_not_understood_and_what_became_of_what_was_sent(line):
    caller = b"CallSid=CA1&From=%2B12125550199"
    line.post("/voice/1/main/en-US/normal/0", caller)
    line.post("/voice/1/callback-time/en-US/normal/0", caller + b"&Digits=5")
    line.post("/voice/1/callback-number/en-US/normal/0", caller + b"&Digits=55")
    line.post("/voice/1/text.risks/en-US/normal/0", caller + b"&Digits=1")
    for status in (b"completed", b"completed", b"made-up", b"invented"):
        line.post("/voice/status", b"CallSid=CA1&CallStatus=" + status)
    told = line.client.get("/metrics").text
    for row in (
        'kypholine_missed_total{how="no_input",place="main"} 1.0',
        'kypholine_missed_total{how="no_match",place="callback-time"} 1.0',
        'kypholine_missed_total{how="number_wrong",place="callback-number"} 1.0',
        'kypholine_sent_total{kind="text",outcome="failed"} 1.0',
        'kypholine_deliveries_total{kind="call",status="completed"} 1.0',
        'kypholine_deliveries_total{kind="call",status="other"} 2.0',
    ):
        assert row in told


def test_metrics_tell_who_waits_how_old_the_words_are_and_whether_the_store_is_there(line):
    for call, ago in (("CA1", 60), ("CA2", 20)):
        asked = NOW - timedelta(seconds=ago)
        keep_number(line.store, call, (), False, "sealed", "en-US", "", asked)
        ask_call_back(line.store, call, "any", asked)
    publish(line.store, {"line.toml": ""}, "", NOW - timedelta(seconds=100))
    told = line.client.get("/metrics").text
    for row in (
        "kypholine_call_backs_waiting 2.0",
        "kypholine_call_backs_longest_wait_seconds 60.0",
        "kypholine_release_age_seconds 100.0",
        "kypholine_store_reachable 1.0",
    ):
        assert row in told
    line.store.close()
    for file in line.settings.instance.glob("line.db*"):
        file.unlink()
    (line.settings.instance / "line.db").mkdir()
    assert "kypholine_store_reachable 0.0" in line.client.get("/metrics").text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 404),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 404),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}, 404),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 404),
        ("127.0.0.1", {"x-forwarded-host": "line.example"}, 404),
        ("127.0.0.1", {"CF-Connecting-IP": "203.0.113.9"}, 404),
        ("127.0.0.1", {"User-Agent": "Prometheus/2.42", "Accept-Encoding": "gzip"}, 200),
        ("203.0.113.9", {}, 404),
        ("203.0.113.9", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 404),
        ("203.0.113.9", {"Authorization": "Bearer "}, 404),
        ("203.0.113.9", {"Authorization": "Bearer sesame"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4", "Authorization": "Bearer sesame"}, 200),
        ("not an address", {}, 404),
    ],
)
def test_metrics_are_for_this_machine_and_for_the_token(settings, address, headers, status):
    client = with_doors(replace(settings, metrics_token="sesame")).test_client()
    environ = {"REMOTE_ADDR": address}
    assert client.get("/metrics", headers=headers, environ_base=environ).status_code == status


def test_without_a_token_set_no_token_opens_the_metrics(settings):
    client = with_doors(settings).test_client()
    environ = {"REMOTE_ADDR": "203.0.113.9"}
    for offered in ("Bearer ", "Bearer", ""):
        headers = {"Authorization": offered}
        assert client.get("/metrics", headers=headers, environ_base=environ).status_code == 404


def test_the_log_holds_no_number_no_digit_and_no_word_of_a_patient(line, caplog):
    caplog.set_level(logging.DEBUG)
    line.post("/voice", b"CallSid=CA1&From=%2B12125550199&Digits=7")
    line.post("/sms", b"MessageSid=SM1&From=%2B12125550199&Body=my+secret+pain")
    line.client.post("/sms?secret=1", data=b"Body=secret", content_type=FORM)
    for log_format in ("plain", "json"):
        told = "\n".join(logs.Lines(log_format).format(record) for record in caplog.records)
        assert "POST /voice 200" in told
        for private in ("2125550199", "secret", "pain", "Digits", "Body"):
            assert private not in told


def test_a_json_log_line_has_the_requests_fields(line, caplog):
    caplog.set_level(logging.INFO)
    answer = line.client.get("/audio/none.wav")
    told = json.loads(logs.Lines("json").format(caplog.records[-1]))
    assert told["method"] == "GET"
    assert told["route"] == "/audio/<name>"
    assert told["status"] == 404
    assert told["request"] == answer.headers["X-Request-Id"]
    assert told["ms"] >= 0


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_what_is_logged_stays_on_its_line(log_format):
    record = logging.LogRecord("x", 20, "f", 1, "one\n%s\u2028\x1b[2J", ("two\r",), None)
    told = logs.Lines(log_format).format(record)
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told


CONFIGURED = """
import logging, sys
from voice import logs
logs.configure(sys.argv[1])
logging.getLogger("twilio.http_client").info("POST /2010-04-01/Accounts?To=+12125550199")
logging.getLogger("voice").info("shown")
"""


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_twilios_client_does_not_log_addresses(log_format):
    done = subprocess.run(
        [sys.executable, "-c", CONFIGURED, log_format], capture_output=True, text=True, check=True
    )
    assert "shown" in done.stderr
    assert "2125550199" not in done.stderr
    assert done.stdout == ""


# The keeper --------------------------------------------------------------------------------------


@contextmanager
def without_files() -> Iterator[None]:
    """This process may open no more files, as where too many callers' connections are open."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))


def test_the_keeper_serves_what_is_published_and_made_and_forgets_nothing(line, script, caplog):
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: NOW)
    keeper.look()
    first = live.release
    keeper.look()
    assert live.release is first
    publish(line.store, script.files, "again", NOW)
    keeper.look()
    assert live.release.number == 2
    words = live.release.vocabulary
    (line.settings.audio / "manifest.json").unlink()
    keeper.look()
    assert len(live.release.unspoken) > len(first.unspoken)
    assert live.release.vocabulary is words
    publish(line.store, {"line.toml": "nonsense"}, "broken", NOW)
    caplog.clear()
    keeper.look()
    keeper.look()
    assert live.release.number == 2
    assert len([told for told in caplog.records if "ScriptError" in told.getMessage()]) == 1


def test_after_a_purge_the_keeper_leaves_nothing_in_the_log(line):
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    log = line.settings.instance / "line.db-wal"
    note_unmatched(line.store, "call", "en-US", "words", False, NOW - timedelta(days=31))
    assert log.stat().st_size
    Keeper(live, line.store, line.settings.audio, lambda: NOW).look()
    assert not log.stat().st_size


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_clip_lost_while_serving_is_said_instead_and_told(line, spoil):
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: NOW)
    keeper.look()
    before, opening = len(live.release.unspoken), dialog.start(live.release.script)
    assert line.clip.encode() in live.release.replies[opening]
    spoil(line.settings.audio / line.clip)
    keeper.look()
    assert len(live.release.unspoken) == before + 1
    assert line.clip.encode() not in live.release.replies[opening]


def test_a_process_that_may_open_no_more_files_calls_no_clip_missing(line, caplog):
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: NOW)
    keeper.look()
    first = live.release
    with without_files():
        keeper.look()
        again = live.refresh()
    assert (again.unspoken, live.unseen) == (first.unspoken, True)
    assert "they were: Too many open files" in caplog.text
    (line.settings.audio / line.clip).unlink()
    keeper.look()
    assert len(live.release.unspoken) == len(first.unspoken) + 1


def test_a_clip_lost_while_the_store_is_away_is_said_instead(line):
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: NOW)
    keeper.look()
    before = len(live.release.unspoken)
    line.store.close()
    for file in line.settings.instance.glob("line.db*"):
        file.unlink()
    (line.settings.instance / "line.db").mkdir()
    (line.settings.audio / line.clip).unlink()
    keeper.look()
    again = live.release
    keeper.look()
    assert len(again.unspoken) == before + 1
    assert live.release is again


def test_a_clip_swapped_for_one_that_looks_the_same_is_said_instead_within_the_hour(line):
    clock = [NOW]
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: clock[0])
    keeper.look()
    first, path = live.release, line.settings.audio / line.clip
    looks = path.stat()
    missing = []
    for content in (SOUND[::-1], SOUND):
        path.write_bytes(content)
        os.utime(path, ns=(looks.st_atime_ns, looks.st_mtime_ns))
        for minutes in (59, 2):
            clock[0] += timedelta(minutes=minutes)
            keeper.look()
            missing.append(len(live.release.unspoken) - len(first.unspoken))
    assert missing == [0, 1, 1, 0]


def test_clips_that_are_as_they_were_are_not_made_ready_again(line):
    clock = [NOW]
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: clock[0])
    keeper.look()
    first = live.release
    clock[0] += DAY / 4
    keeper.look()
    assert live.release is first


def test_the_keeper_outlives_a_store_that_is_not_there(settings, caplog):
    (settings.instance / "line.db").mkdir(parents=True)
    live = Live(settings.public_url, settings.audio)
    keeper = Keeper(live, open_store(settings.database_url), settings.audio, lambda: NOW)
    keeper.look()
    assert live.release is None
    assert "StoreUnreachable" in caplog.text


def test_a_first_start_warns_of_nothing_and_a_store_lost_later_does(
    settings, script, tmp_path, caplog
):
    caplog.set_level("INFO", "voice.assembly")
    live = Live(settings.public_url, settings.audio, kept.FOLDER)
    bare = open_store(f"sqlite:///{tmp_path}/bare.db")
    Keeper(live, bare, settings.audio, lambda: NOW).look()
    with opened_store(settings) as store:
        keeper = Keeper(live, store, settings.audio, lambda: NOW)
        keeper.look()
        publish(store, script.files, "first", NOW)
        keeper.look()
    assert {told.levelname for told in caplog.records} == {"INFO"}
    assert "no tables yet" in caplog.text
    assert "nothing is live yet" in caplog.text
    Keeper(live, bare, settings.audio, lambda: NOW).look()
    assert caplog.records[-1].levelname == "WARNING"
    bare.close()


def test_a_clock_that_is_a_year_ahead_deletes_nothing_for_a_day(line, caplog):
    clock = [NOW]
    live = Live(line.settings.public_url, line.settings.audio, kept.FOLDER)
    keeper = Keeper(live, line.store, line.settings.audio, lambda: clock[0])
    note_unmatched(line.store, "sms", "en-US", "what is that", False, NOW)
    seen = []
    for clock[0] in (NOW, NOW + 365 * DAY, NOW + 365.5 * DAY, NOW + 366.5 * DAY):
        keeper.look()
        seen.append(len(unmatched(line.store, 5)))
    assert seen == [1, 1, 1, 0]
    assert "the clock leapt" in caplog.text


def test_a_log_goes_where_it_is_sent_whatever_is_in_it():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Lines("json"))
    try:
        raise ValueError("a word of a patient")
    except ValueError:
        record = logging.LogRecord("x", 40, "f", 1, "failed", (), sys.exc_info())
    handler.handle(record)
    told = json.loads(stream.getvalue())
    assert "ValueError at " in told["message"]
    assert "patient" not in stream.getvalue()


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("level", [logging.INFO, logging.ERROR])
def test_a_log_that_can_not_be_written_stops_no_answer(level):
    handler = logs.Patient()
    handler.stream = Full()
    assert handler.handle(logging.LogRecord("x", level, "f", 1, "failed", (), None))
    handler.stream = io.StringIO()
    handler.handle(logging.LogRecord("x", logging.ERROR, "f", 1, "later", (), None))
    assert "later" in handler.stream.getvalue()
