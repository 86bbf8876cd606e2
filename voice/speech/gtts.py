"""Google's voice through gTTS: for an owner who chooses it, where there is an internet.

gTTS itself does not verify TLS, waits for ever, and takes an answer without sound for a success.
Here each request is verified, timed, checked and, when the service says "later", tried again.
"""

import base64
import binascii
import io
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import requests
import soundfile
from gtts import gTTS
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as LateError

from voice.script import Pace
from voice.speech.engine import Engine, SettingError, SpeechError, SpeechSettings, of_locale
from voice.speech.mastering import CALL, PAUSES, Samples, joined, trimmed

# Locale or language -> language@top level domain, which makes the accent.
VOICES: Mapping[str, str] = {
    "en": "en@com",
    "en-GB": "en@co.uk",
    "es": "es@com.mx",
    "es-ES": "es@es",
    "pt": "pt@com.br",
    "pt-PT": "pt@pt",
    "fr": "fr@fr",
}
LONGEST_TEXT = 100
"""Signs the service speaks at once. gTTS cuts longer ones itself and loses the punctuation."""
LARGEST_ANSWER = 4_000_000
TRIES = 5
LONGEST_WAIT = 60.0
"""Seconds; a service that asks for more is given up on."""
LATER = frozenset({429, 503})
AUDIO = re.compile(rb'jQ1olc","\[\\"([A-Za-z0-9+/=]*)\\"')
CLAUSE_END = re.compile(r"(?<=[,;:–—])\s+")


class GttsError(SpeechError):
    """Google's voice did not speak. `text` is what was asked for, `status` the HTTP answer."""

    def __init__(self, text: str, problem: str, status: int | None = None) -> None:
        self.text = text
        self.status = status
        super().__init__(
            f"Google's voice could not say {text!r}: {problem}.",
            "What was made is kept: run `python -m voice audio --engine gtts` again later, "
            "or choose another SPEECH_ENGINE.",
        )


class TryLaterError(GttsError):
    """The service is too busy. `after` is how many seconds it asks to wait, if it says so."""

    def __init__(self, text: str, status: int, after: float | None) -> None:
        self.after = after
        super().__init__(text, f"it answered {status}, too many requests", status)


@dataclass(frozen=True)
class Service:
    """The far end, and the patience we have with it."""

    session: requests.Session
    address: str | None
    """Scheme and host to ask instead of `https://translate.google.<domain>`."""
    deadline: float
    """Seconds one request may take, all told."""
    clock: Callable[[], float]
    wait: Callable[[float], None]


class VerifiedTTS(gTTS):  # type: ignore[misc]  # gTTS has no types
    """gTTS with a verified, timed and checked request."""

    def __init__(self, text: str, language: str, domain: str, service: Service) -> None:
        super().__init__(text, lang=language, tld=domain, pre_processor_funcs=[])
        self.service = service

    def stream(self) -> Iterator[bytes]:
        """MP3 of each request; there is one, as texts are short. Raises GttsError."""
        for prepared in self._prepare_requests():
            yield _audio(self.text, self._answer(prepared))

    def _answer(self, prepared: requests.PreparedRequest) -> bytes:
        """The body of a good answer, in time."""
        service = self.service
        if service.address:
            host = f"https://translate.google.{self.tld}"
            prepared.url = (prepared.url or "").replace(host, service.address, 1)
        ends = service.clock() + service.deadline
        around = service.session.merge_environment_settings(prepared.url, {}, True, True, None)
        try:
            with service.session.send(
                prepared, timeout=service.deadline, allow_redirects=False, **around
            ) as answer:
                _require_good(self.text, answer)
                return _body(self.text, answer, ends, service.clock)
        except (requests.RequestException, HTTPError) as error:
            raise GttsError(self.text, _reason(error, service.deadline)) from error


@contextmanager
def opened(settings: SpeechSettings, jobs: int) -> Iterator[Engine]:
    """Google's voice. One sentence at a time, whatever `jobs` says: it throttles."""
    with requests.Session() as session:
        service = Service(session, None, settings.gtts_deadline, time.monotonic, time.sleep)
        yield engine(settings, service)


def engine(settings: SpeechSettings, service: Service) -> Engine:
    """The engine that asks a service. The slow pace has longer pauses only: the one speed the
    service offers besides its own is far below the 0.85 of rule 65."""
    voices = {**VOICES, **settings.gtts_voices}

    def speak(text: str, locale: str, pace: Pace) -> tuple[Samples, int]:
        language, domain = _voice(voices, locale)
        said = [(piece, _say(piece, language, domain, service)) for piece in pieces(text)]
        return _together(text, said, pace)

    return Engine(
        name="gtts",
        fingerprint=f"gTTS {version('gTTS')}",
        notation="say",
        at_once=1,
        speaker=lambda locale: "{}@{}".format(*_voice(voices, locale)),
        speak=speak,
    )


def pieces(text: str) -> tuple[str, ...]:
    """A sentence in pieces of at most 100 signs, cut after clauses where that will do, else
    between words; the punctuation stays."""
    found = [""]
    for clause in CLAUSE_END.split(text.strip()):
        for piece in _short(clause):
            longer = f"{found[-1]} {piece}".strip()
            if len(longer) <= LONGEST_TEXT:
                found[-1] = longer
            else:
                found.append(piece)
    return tuple(piece for piece in found if any(sign.isalnum() for sign in piece))


def _short(clause: str) -> Iterator[str]:
    """A clause, cut between words while it is too long, or within one that is."""
    while len(clause) > LONGEST_TEXT:
        space = clause.rfind(" ", 0, LONGEST_TEXT + 1)
        cut = space if space > 0 else LONGEST_TEXT
        yield clause[:cut]
        clause = clause[cut:].strip()
    yield clause


def _say(piece: str, language: str, domain: str, service: Service) -> tuple[Samples, int]:
    """One piece spoken, tried again while the service asks for patience."""
    for attempt in range(TRIES):
        try:
            return _decoded(piece, b"".join(_speaker(piece, language, domain, service).stream()))
        except TryLaterError as busy:
            pause = busy.after if busy.after is not None else 2.0 ** (attempt + 1)
            if attempt == TRIES - 1 or pause > LONGEST_WAIT:
                raise
            service.wait(pause)
    raise AssertionError("the last try returns or raises")


def _speaker(piece: str, language: str, domain: str, service: Service) -> VerifiedTTS:
    try:
        return VerifiedTTS(piece, language, domain, service)
    except ValueError as unknown:
        value = f"{language}@{domain}"
        raise SettingError(
            "GTTS_VOICES", value, "Run `gtts-cli --all`: a language of its list."
        ) from unknown


def _require_good(text: str, answer: requests.Response) -> None:
    if answer.status_code in LATER:
        raise TryLaterError(text, answer.status_code, _retry_after(answer))
    if answer.status_code != 200:
        raise GttsError(text, f"it answered {answer.status_code}", answer.status_code)


def _retry_after(answer: requests.Response) -> float | None:
    """The seconds the service asks for; a date or nonsense counts as none."""
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _body(text: str, answer: requests.Response, ends: float, clock: Callable[[], float]) -> bytes:
    """The whole body, unless it drips past the deadline or never ends."""
    body = bytearray()
    # read1 hands over what has come; iter_content would wait until its chunk is full.
    while chunk := answer.raw.read1(65536, decode_content=True):
        body += chunk
        if clock() > ends:
            raise GttsError(text, "its answer took too long")
        if len(body) > LARGEST_ANSWER:
            raise GttsError(text, f"its answer is longer than {LARGEST_ANSWER} bytes")
    return bytes(body)


def _reason(error: requests.RequestException | HTTPError, deadline: float) -> str:
    if isinstance(error, requests.Timeout | LateError):
        return f"no answer within {deadline:g} seconds"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not good"
    return f"no connection ({type(error).__name__})"


def _audio(text: str, body: bytes) -> bytes:
    """The MP3 inside an answer. One without is an error, though its status is 200."""
    found = AUDIO.search(body)
    if not found or not found.group(1):
        raise GttsError(text, "its answer holds no sound", 200)
    try:
        return base64.b64decode(found.group(1), validate=True)
    except binascii.Error as error:
        raise GttsError(text, "its sound is garbled", 200) from error


def _decoded(text: str, content: bytes) -> tuple[Samples, int]:
    """An MP3 as samples, its silent edges cut."""
    try:
        found, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise GttsError(text, "its sound cannot be decoded", 200) from error
    samples = trimmed(found.mean(axis=1), rate, CALL)
    if not len(samples):
        raise GttsError(text, "its sound is silence", 200)
    return samples, int(rate)


def _together(
    text: str, said: list[tuple[str, tuple[Samples, int]]], pace: Pace
) -> tuple[Samples, int]:
    """The pieces of a sentence as one, with a clause's pause where a clause ended."""
    if not said:
        raise GttsError(text, "there is no word in it")
    pauses = [PAUSES[pace].clause if not piece[-1].isalnum() else 0 for piece, _ in said]
    rate = said[0][1][1]
    sounds = [np.asarray(samples) for _, (samples, _) in said]
    return joined(sounds, pauses[:-1], rate), rate


def _voice(voices: Mapping[str, str], locale: str) -> tuple[str, str]:
    row = of_locale(voices, locale)
    if row is None:
        raise SpeechError(
            f"Google's voice has none set for {locale}.",
            f"Name one in GTTS_VOICES, like {locale}=fr@fr.",
        )
    language, _, domain = row.partition("@")
    if not re.fullmatch(r"[a-z]{2,3}(\.[a-z]{2})?", domain or "com"):
        raise SettingError("GTTS_VOICES", row, "Write it like this: en-US=en@com")
    return language, domain or "com"
