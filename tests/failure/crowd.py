"""People who call and write while things break, and remember what they were promised.

Each request is sent again until it is answered, as a caller presses a key again and Twilio repeats
a text. Whatever is answered must be right: the very document the dialog gives, the same answer to
the same text, and of each document a clip that it plays. An opt-out or a call-back that was
acknowledged is a promise.
"""

import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import select

from tests import kept
from tests.failure.clips import PLAYED, addresses
from tests.failure.machine import TINY, TOKEN
from voice import dialog
from voice.dialog import Event, State
from voice.release import Release, address
from voice.script import load
from voice.signature import FORM, form_pairs, sign
from voice.store import Store, contact_keys, read_call_back, read_contact
from voice.store.connection import reading
from voice.store.tables import turn

STOP, STOPPED = "plus de messages", b"Plus aucun message"
TOPIC_WORDS = "bonjour, oreille"
TOPIC, TOLD = TOPIC_WORDS, "De l'eau tiède".encode()
NEWS = re.compile(rb' statusCallback="[^"]*"')
"""Where Twilio tells of an answer; the store does not keep it."""
RELEASE = re.compile(rb"/voice/\d+/")
KEPT = b"statusCallback"
"""In an answer that was kept; one given without the store asks for no news."""
ASKED = b"/callback-done/"
KEYS = ("1", "4", "", "", "", "0", "7", "", "0", "6", "5", "5")
NOWHERE = Path("/nonexistent")
"""A folder without clips."""
PATIENCE = 15
"""Seconds Twilio waits."""


@dataclass
class Crowd:
    """People at telephones, a thread each, and what became of them.

    `ports` are tried in turn; requests are signed for `url`. A document of `others` is as right as
    one of `release`. `sounds` are the digests of clips by their paths.
    """

    url: str
    ports: Sequence[int]
    release: Release
    others: tuple[Release, ...] = ()
    sounds: Mapping[str, str] = field(default_factory=dict)
    keys: Sequence[str] = KEYS
    connect: Callable[[int], HTTPConnection] = lambda port: plain(port)
    thinks: float = 0.0
    """Seconds each waits before a request."""
    answered: int = 0
    lost: int = 0
    refused: int = 0
    """Wishes that were answered, and not granted: nothing was promised."""
    slowest: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    """Of everything that was answered; 0 where nothing came."""
    heard: int = 0
    """Clips that came as they were recorded."""
    unheard: int = 0
    """Clips that were to be played and did not come."""
    read: int = 0
    """Documents in which Twilio's voice reads something."""
    wrong: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    call_backs: list[str] = field(default_factory=list)
    texts: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _turn: Iterator[int] = field(default_factory=itertools.count)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, people: int = 4) -> None:
        """Let so many people begin."""
        self._threads = [threading.Thread(target=self._live, daemon=True) for _ in range(people)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they began."""
        self.over.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)

    def go_on(self, more: int, within: float = 40) -> None:
        """Wait until so many more requests were answered."""
        wanted, end = self.answered + more, time.monotonic() + within
        while self.answered < wanted:
            assert time.monotonic() < end, f"{self.answered} of {wanted}, {self.lost} lost"
            self.over.wait(0.02)

    @property
    def promises(self) -> int:
        """How many wishes were granted so far."""
        return len(self.stops) + len(self.call_backs)

    # One person ----------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self.over.is_set():
            number = next(self._numbers)
            self._call()
            self._text(number)
            self._stop(number)
            self._ask_call_back(number)

    def _call(self) -> None:
        """A caller who withholds the number: every answer is known beforehand."""
        script = self.release.script
        state, path, fields = dialog.start(script), "/voice", {"CallSid": "CA1"}
        for key in self.keys:
            self._expect(path, fields | {"From": "anonymous"}, state)
            path = address(self.release.number, state)
            fields = {"CallSid": "CA1"} | ({"Digits": key} if key else {})
            event = Event("key", key) if key else Event("silence")
            state = dialog.following(script, state, event)

    def _expect(self, path: str, fields: Mapping[str, str], state: State) -> None:
        before = (self.release, *self.others)
        came = self.ask(path, fields)
        known = (*before, self.release, *self.others)
        if came is None:
            return
        if RELEASE.sub(b"/voice/1/", came) not in {one.answer(state) for one in known}:
            self.wrong.append(f"{path} {fields}: {came[:300]!r}")
        self.read += b"<Say" in came
        self._listen(PLAYED.findall(came))

    def _listen(self, clips: Sequence[bytes]) -> None:
        """Fetch one of the clips, as Twilio does before it plays it."""
        if not clips:
            return
        path = clips[next(self._turn) % len(clips)].decode()
        status, came = self._until_answered(lambda: self._get(path))
        if status == 200 and sha256(came).hexdigest() != self.sounds[path]:
            self.wrong.append(f"{path}: other bytes")
        self.heard += status == 200
        self.unheard += status not in (0, 200)

    def _get(self, path: str) -> tuple[int, bytes]:
        return send(self.connect(self._port()), path, b"", {}, "GET")

    def _port(self) -> int:
        return self.ports[next(self._turn) % len(self.ports)]

    def _text(self, number: int) -> None:
        """A text, and the same again: one answer."""
        sid = f"SM{number}"
        fields = {"MessageSid": sid, "From": caller(number), "Body": TOPIC}
        first, second = self.ask("/sms", fields), self.ask("/sms", fields)
        if first is None or second is None:
            return
        self.texts[sid] = (first, second)
        both_kept = KEPT in first and KEPT in second
        if TOLD not in first or TOLD not in second or (both_kept and first != second):
            self.wrong.append(f"{sid}: {first!r} {second!r}")

    def _stop(self, number: int) -> None:
        fields = {"MessageSid": f"SMstop{number}", "From": caller(number), "Body": STOP}
        self._wish("/sms", fields, STOPPED, lambda: self.stops.append(caller(number)))

    def _ask_call_back(self, number: int) -> None:
        known = {"CallSid": f"CA{number}", "From": caller(number)}
        for place, key in (("callback", "1"), ("callback-time", "3")):
            path = address(self.release.number, State(place, "fr-FR", "normal"))
            granted = ASKED if key == "3" else b"/callback-time/"

            def promised(last: bool = key == "3") -> None:
                if last:
                    self.call_backs.append(f"CA{number}")

            if not self._wish(path, known | {"Digits": key}, granted, promised):
                return

    def _wish(
        self, path: str, fields: Mapping[str, str], granted: bytes, kept: Callable[[], None]
    ) -> bool:
        came = self.ask(path, fields)
        if came is not None and granted in came:
            kept()
            return True
        self.refused += came is not None
        return False

    # On the wire ---------------------------------------------------------------------------------

    def ask(self, path: str, fields: Mapping[str, str]) -> bytes | None:
        """Ask until it is answered; None when all is over before."""
        self.over.wait(self.thinks)
        body = urlencode(fields).encode()
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": sign(TOKEN, self.url + path, form_pairs(body)),
        }
        status, came = self._until_answered(
            lambda: send(self.connect(self._port()), path, body, headers), (200, 204)
        )
        self.answered += status != 0
        return came if status else None

    def _until_answered(
        self, ask: Callable[[], tuple[int, bytes]], answers: Sequence[int] = ()
    ) -> tuple[int, bytes]:
        """Ask until something comes, one of `answers` if any are named; 0 where all is over."""
        while not self.over.is_set():
            begun = time.monotonic()
            status, came = ask()
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.statuses[status] += 1
            if status in answers or (status and not answers):
                return status, came
            self.lost += 1
            self.over.wait(0.1)
        return 0, b""


class Callers(Crowd):
    """People who call, and ask for nothing that has to be kept."""

    def _live(self) -> None:
        while not self.over.is_set():
            self._call()


def plain(port: int) -> HTTPConnection:
    """A connection to a machine itself."""
    return HTTPConnection("127.0.0.1", port, timeout=PATIENCE)


def send(
    connection: HTTPConnection,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    method: str = "POST",
) -> tuple[int, bytes]:
    """One request; status 0 where no answer comes."""
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


def caller(number: int) -> str:
    """One of ten thousand French numbers kept for fiction."""
    return f"+3319900{number % 10_000:04}"


def small_release(
    url: str, number: int = 1, audio: Path = NOWHERE, without: Collection[str] = ()
) -> Release:
    """What a machine on the small scripts serves with the clips of a folder, but for some."""
    return kept.served(load(TINY), number, url, addresses(audio, url, without))


def broken_promises(crowd: Crowd, store: Store) -> list[str]:
    """What was acknowledged and is not in the store, or is there otherwise than it was told."""
    keys = [b"c" * 32]
    found = [
        number
        for number in crowd.stops
        if not (known := read_contact(store, contact_keys(keys, number)))
        or known.opted_out_at is None
    ]
    for call in crowd.call_backs:
        kept = read_call_back(store, call)
        if kept is None or kept.state != "waiting":
            found.append(call)
    with reading(store) as connection:
        rows = connection.execute(select(turn.c.message_sid, turn.c.reply)).all()
    replies = {row.message_sid: NEWS.sub(b"", row.reply.encode()) for row in rows}
    for sid, answers in crowd.texts.items():
        kept = replies.get(sid)
        told = [NEWS.sub(b"", answer) for answer in answers]
        if kept not in told and not (kept is None and crowd.refused):
            found.append(sid)
    return found
