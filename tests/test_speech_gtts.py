"""Google's voice against a server on loopback that speaks the same protocol."""

import base64
import io
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pytest
import requests
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.sound import gaps, silence, tone
from voice.script import Utterance
from voice.speech.clips import missing, read_manifest
from voice.speech.engine import Engine, SettingError, SpeechError, SpeechSettings
from voice.speech.gtts import GttsError, Service, TryLaterError, engine, opened, pieces
from voice.speech.mastering import PAUSES
from voice.speech.render import make


def spoken_mp3(ms: int) -> bytes:
    """An MP3 with silence around a sound, as the service sends them."""
    file = io.BytesIO()
    samples = np.concatenate([silence(200, 24000), tone(ms, 24000), silence(300, 24000)])
    soundfile.write(file, samples, 24000, format="MP3", subtype="MPEG_LAYER_III")
    return file.getvalue()


def answer(content: bytes) -> bytes:
    """The body the service wraps an MP3 in."""
    audio = base64.b64encode(content).decode()
    rows = json.dumps([["wrb.fr", "jQ1olc", json.dumps([audio]), None, "generic"]])
    return b")]}'\n\n" + rows.replace(", ", ",").encode() + b"\n"


@dataclass
class Google:
    """The stub: what it was asked, and what it will answer, the last for ever."""

    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Text and language of each request."""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    """Set when a request that must wait may go on."""
    manner: Literal["at once", "chunked", "drips", "stops"] = "at once"
    """How it sends its answer."""

    def next_answer(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def send(google: Google, out: BinaryIO, body: bytes) -> None:
    if google.manner == "stops":
        google.hold.wait(20)
    elif google.manner == "drips":
        while not google.hold.wait(0.02):
            out.write(b" ")
    elif google.manner == "chunked":
        for part in (body[:100], body[100:]):
            out.write(b"%x\r\n%s\r\n" % (len(part), part))
        out.write(b"0\r\n\r\n")
    else:
        out.write(body)


def handler(google: Google) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])))
            (((rpc, parameters, *_),),) = json.loads(form[b"f.req"][0])
            assert (self.path, rpc) == ("/_/TranslateWebserverUi/data/batchexecute", "jQ1olc")
            text, language, _slow, _null = json.loads(parameters)
            google.asked.append((text, language))
            status, headers, body = google.next_answer()
            self.close_connection = True
            self.protocol_version = "HTTP/1.1"
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if google.manner == "chunked":
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            send(google, self.wfile, body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


OK = (200, {}, answer(spoken_mp3(800)))
BUSY = (429, {"Retry-After": "7"}, b"")


@pytest.fixture
def google() -> Iterator[Google]:
    stub = Google(answers=[OK])
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(stub))
    stub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield stub
    stub.hold.set()
    server.shutdown()
    server.server_close()


@dataclass
class Patience:
    """What the engine waited, without waiting."""

    waited: list[float] = field(default_factory=list)


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def speaking(google: Google, patience: Patience) -> Iterator[Engine]:
    with requests.Session() as session:
        service = Service(session, google.address, 5.0, time.monotonic, patience.waited.append)
        yield engine(SpeechSettings(), service)


def test_a_sentence_becomes_samples(google: Google, speaking: Engine) -> None:
    samples, rate = speaking.speak("Hello there.", "en-US", "normal")
    assert rate == 24000
    assert len(samples) / rate == pytest.approx(0.8, abs=0.1)
    assert google.asked == [("Hello there.", "en")]


@pytest.mark.parametrize(
    ("locale", "language", "speaker"),
    [
        ("en-US", "en", "en@com"),
        ("es-US", "es", "es@com.mx"),
        ("pt-BR", "pt", "pt@com.br"),
        ("fr-FR", "fr", "fr@fr"),
    ],
)
def test_a_locale_has_a_language_and_an_accent(
    google: Google, speaking: Engine, locale: str, language: str, speaker: str
) -> None:
    speaking.speak("Hola.", locale, "normal")
    assert google.asked == [("Hola.", language)]
    assert speaking.speaker(locale) == speaker


LONG = (
    "The doctor puts a small balloon into the broken bone, fills it with air to make room, "
    "and then adds cement; it sets hard in minutes."
)


def test_a_long_sentence_is_asked_in_clauses_and_joined_with_their_pauses(
    google: Google, speaking: Engine
) -> None:
    samples, rate = speaking.speak(LONG, "en-US", "slow")
    assert [text for text, _ in google.asked] == [
        "The doctor puts a small balloon into the broken bone, fills it with air to make room,",
        "and then adds cement; it sets hard in minutes.",
    ]
    (gap,) = gaps(samples, rate)
    assert gap == pytest.approx(PAUSES["slow"].clause, abs=60)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Short.", ("Short.",), id="short"),
        pytest.param("a" * 100, ("a" * 100,), id="exactly 100"),
        pytest.param("x" * 250, ("x" * 100, "x" * 100, "x" * 50), id="one endless word"),
        pytest.param("one, " + "b" * 99, ("one,", "b" * 99), id="clause"),
        pytest.param("word " * 30, (("word " * 20).strip(), ("word " * 10).strip()), id="spaces"),
        pytest.param("— … !", (), id="nothing to say"),
    ],
)
def test_pieces_are_short_and_cut_where_it_hurts_least(text: str, found: tuple[str, ...]) -> None:
    assert pieces(text) == found


@given(st.text(alphabet=st.characters(categories=("L", "N")) | st.sampled_from(" ,;.:—")))
def test_no_letter_is_lost_between_pieces_and_none_is_too_long(text: str) -> None:
    found = pieces(text)
    assert all(len(piece) <= 100 for piece in found)
    kept = "".join(sign for piece in found for sign in piece if sign.isalnum())
    assert kept == "".join(sign for sign in text if sign.isalnum())


def test_too_many_requests_is_waited_for_as_long_as_asked(
    google: Google, speaking: Engine, patience: Patience
) -> None:
    google.answers = [BUSY, (503, {}, b""), OK]
    samples, _ = speaking.speak("Hello.", "en-US", "normal")
    assert len(samples) > 10000
    assert patience.waited == [7.0, 4.0]


def test_too_many_requests_for_ever_is_an_error_after_five_tries(
    google: Google, speaking: Engine, patience: Patience
) -> None:
    google.answers = [(429, {}, b"")]
    with pytest.raises(TryLaterError, match="429") as caught:
        speaking.speak("Hello.", "en-US", "normal")
    assert caught.value.status == 429
    assert len(google.asked) == 5
    assert patience.waited == [2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("after", ["3600", "61"])
def test_a_wait_that_is_too_long_is_not_waited(
    google: Google, speaking: Engine, patience: Patience, after: str
) -> None:
    google.answers = [(429, {"Retry-After": after}, b"")]
    with pytest.raises(TryLaterError) as caught:
        speaking.speak("Hello.", "en-US", "normal")
    assert caught.value.after == float(after)
    assert patience.waited == []


def test_a_date_to_try_again_counts_as_no_answer_how_long(
    google: Google, speaking: Engine, patience: Patience
) -> None:
    google.answers = [(429, {"Retry-After": "Fri, 20 Nov 2026 10:00:00 GMT"}, b""), OK]
    speaking.speak("Hello.", "en-US", "normal")
    assert patience.waited == [2.0]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ((200, {}, b""), "holds no sound"),
        ((200, {}, b")]}'\n\n[]"), "holds no sound"),
        ((200, {}, answer(b"")), "holds no sound"),
        ((200, {}, b'jQ1olc","[\\"AAA\\"]'), "garbled"),
        ((200, {}, answer(b"not an mp3 at all")), "cannot be decoded"),
        ((500, {}, b"oops"), "answered 500"),
        ((403, {}, b""), "answered 403"),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), "answered 302"),
        ((200, {}, b"x" * 4_100_000), "longer than"),
    ],
    ids=[
        "200 empty",
        "200 without audio",
        "200 with no bytes",
        "200 garbled",
        "200 no mp3",
        "500",
        "403",
        "redirect",
        "endless",
    ],
)
def test_a_bad_answer_is_an_error_at_once(
    google: Google, speaking: Engine, bad: tuple[int, dict[str, str], bytes], problem: str
) -> None:
    google.answers = [bad]
    with pytest.raises(GttsError, match=problem) as caught:
        speaking.speak("Hello.", "en-US", "normal")
    assert caught.value.text == "Hello."
    assert caught.value.status == bad[0] or problem == "longer than"
    assert "run `python -m voice audio --engine gtts` again" in caught.value.remedy
    assert len(google.asked) == 1


def test_silence_is_not_taken_for_speech(google: Google, speaking: Engine) -> None:
    file = io.BytesIO()
    soundfile.write(file, silence(500, 24000), 24000, format="MP3", subtype="MPEG_LAYER_III")
    google.answers = [(200, {}, answer(file.getvalue()))]
    with pytest.raises(GttsError, match="silence"):
        speaking.speak("Hello.", "en-US", "normal")


def test_a_sentence_without_a_word_is_an_error(google: Google, speaking: Engine) -> None:
    with pytest.raises(GttsError, match="no word"):
        speaking.speak("…", "en-US", "normal")
    assert google.asked == []


def speaking_for(google: Google, deadline: float, clock: Callable[[], float]) -> Engine:
    service = Service(requests.Session(), google.address, deadline, clock, lambda _: None)
    return engine(SpeechSettings(), service)


def test_a_server_that_stops_answering_is_left_at_the_deadline(google: Google) -> None:
    google.manner = "stops"
    with pytest.raises(GttsError, match=r"within 0\.2 seconds"):
        speaking_for(google, 0.2, time.monotonic).speak("Hello.", "en-US", "normal")


def test_a_server_that_drips_is_left_at_the_deadline(google: Google) -> None:
    """Each byte comes in time; together they would take for ever."""
    google.manner = "drips"
    began = time.monotonic()
    with pytest.raises(GttsError, match="too long"):
        speaking_for(google, 0.3, time.monotonic).speak("Hello.", "en-US", "normal")
    assert time.monotonic() - began < 2


def test_an_answer_in_chunks_is_read_whole(google: Google, speaking: Engine) -> None:
    google.manner = "chunked"
    samples, rate = speaking.speak("Hello there.", "en-US", "normal")
    assert len(samples) / rate == pytest.approx(0.8, abs=0.1)


def test_no_server_is_an_error(google: Google) -> None:
    nobody = replace(google, address="http://127.0.0.1:1")
    with pytest.raises(GttsError, match="no connection"):
        speaking_for(nobody, 1.0, time.monotonic).speak("Hello.", "en-US", "normal")


class Watched(requests.Session):
    """A session that says how it was asked to send, and sends nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, object, object]] = []

    def send(self, request, **how):  # type: ignore[no-untyped-def]
        self.sent.append((request.url, how["verify"], how["timeout"]))
        raise requests.exceptions.SSLError("certificate verify failed")


def test_certificates_are_verified_and_a_bad_one_is_an_error() -> None:
    with Watched() as session:
        service = Service(session, None, 5.0, time.monotonic, lambda _: None)
        with pytest.raises(GttsError, match="certificate is not good"):
            engine(SpeechSettings(), service).speak("Hola.", "es-US", "normal")
    ((url, verify, timeout),) = session.sent
    assert url == "https://translate.google.com.mx/_/TranslateWebserverUi/data/batchexecute"
    assert verify is not False
    assert verify
    assert timeout == 5.0


def test_a_failure_half_way_keeps_what_was_made(
    google: Google, speaking: Engine, tmp_path: Path
) -> None:
    said = [Utterance(f"Sentence {n}.", "en-US", "normal", 150) for n in range(4)]
    google.answers = [OK, OK, (500, {}, b"")]
    with pytest.raises(GttsError, match="500"):
        make(said, (), (), tmp_path, speaking, lambda done, of: None)
    assert missing(read_manifest(tmp_path), said) == tuple(said[2:])
    google.answers = [OK]
    google.asked.clear()
    done = make(said, (), (), tmp_path, speaking, lambda done, of: None)
    assert missing(done, said) == ()
    assert [text for text, _ in google.asked] == ["Sentence 2.", "Sentence 3."]
    assert {clip.engine for clip in done.clips.values()} == {"gtts"}


@pytest.mark.parametrize("row", ["xx@com", "en@../evil", "en@com/x", "en@google.com.evil"])
def test_a_voice_that_makes_no_sense_is_refused(google: Google, row: str) -> None:
    settings = SpeechSettings(gtts_voices={"en-US": row})
    with requests.Session() as session:
        service = Service(session, google.address, 5.0, time.monotonic, lambda _: None)
        with pytest.raises(SettingError, match="GTTS_VOICES"):
            engine(settings, service).speak("Hello.", "en-US", "normal")
    assert google.asked == []


def test_a_locale_without_a_voice_says_what_to_set(speaking: Engine) -> None:
    with pytest.raises(SpeechError, match="GTTS_VOICES, like xx-YY="):
        speaking.speaker("xx-YY")


def test_opening_asks_nothing_and_speaks_one_at_a_time() -> None:
    with opened(SpeechSettings(), 8) as found:
        assert (found.name, found.at_once, found.notation) == ("gtts", 1, "say")
        assert found.fingerprint.startswith("gTTS ")
