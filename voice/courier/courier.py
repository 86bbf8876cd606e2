"""Brings a text or a call to somebody who asked for it: once, and only where it may be."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from voice.courier.errand import (
    CallOutcome,
    Errand,
    TextOutcome,
    call_barred,
    call_outcome,
    text_outcome,
)
from voice.courier.person import Person, TextBar, sound_reaches, text_bar
from voice.courier.runner import OPTED_OUT, Job, Runner
from voice.dialog import State
from voice.outbound import Client, Ring, Text
from voice.outbound.permission import bar_to_call
from voice.release import Release, address
from voice.script import Pace
from voice.settings import Settings
from voice.store import Caps, Store

TEXT_CAPS: Final = Caps(per_number=20, in_all=2000)
"""Texts we start in a day: far more than people ask for, and a limit to abuse of the line."""


class Courier:
    """Runs the errands of one process. The list `errands` takes what practice does not send.

    An errand's id names the wish: asked for again under the same one, nothing leaves again and
    the outcome is the one of the first time; who asks while the first is still at it waits for
    that, LONGEST seconds at most. Whatever breaks, the outcome is "failed", and the patient is
    told what to do instead; so it is, too, where nobody knows whether it was done.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        client: Callable[[], Client | None],
        timer: Callable[[], float] = time.monotonic,
        told: Callable[[str, str], None] = lambda *_: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._runner = Runner(settings, store, clock, client, timer, told, pause)
        self._countries = settings.outbound.countries
        self._call_caps = Caps(settings.outbound.calls_per_number, settings.outbound.calls_per_day)

    def text_bar(self, person: Person) -> TextBar:
        """What stands against a text to them: "" where nothing does. Opt-outs are not looked up."""
        return text_bar(person, self._countries)

    def sound(self, person: Person, ours: str, size: int, url: str) -> str:
        """`url`, an MP3 of `size` bytes, where it reaches them from `ours` as media; else ""."""
        return url if sound_reaches(person, ours, size) else ""

    def text_me(
        self,
        errand_id: str,
        person: Person,
        bodies: Sequence[str],
        release: Release,
        wording: str,
        errands: list[Errand],
    ) -> TextOutcome:
        """Text them what they asked for in a call; `wording` is what they said yes to."""
        bar = self.text_bar(person)
        if bar:
            return bar
        ours = "" if person.whatsapp else release.script.line.text_number.dialled
        orders = [self._text(person, body, ours, errand_id) for body in bodies]
        job = Job(errand_id, "text", person, orders, errands, wording, TEXT_CAPS)
        return text_outcome(self._runner.run(job))

    def mend_sound(
        self,
        turn: str,
        person: Person,
        ours: str,
        body: str,
        errands: list[Errand],
    ) -> TextOutcome:
        """Send the link, once, because the answer to this turn did not arrive with its sound.

        `ours` is the address they wrote to; their own text asked for this one.
        """
        bar = self.text_bar(person)
        if bar:
            return bar
        errand_id = f"{turn}:link"
        orders = [self._text(person, body, ours, errand_id)]
        job = Job(errand_id, "text", person, orders, errands, caps=TEXT_CAPS)
        return text_outcome(self._runner.run(job))

    def call_me(
        self,
        errand_id: str,
        person: Person,
        release: Release,
        topic: str,
        locale: str,
        pace: Pace,
        wording: str,
        errands: list[Errand],
    ) -> CallOutcome:
        """Call them, to begin in a topic, because they asked by text; `wording` is their wish."""
        bar = self._call_bar(person)
        if bar:
            return bar
        place = State(f"ring.{topic}", locale, pace)
        order = self._ring(person, release, address(release.number, place), errand_id)
        job = Job(errand_id, "call", person, [order], errands, wording, self._call_caps)
        return call_outcome(self._runner.run(job))

    def learn(self, person: Person, code: str) -> None:
        """Keep the opt-out that this error code of Twilio's tells of, if it tells of one."""
        if code == str(OPTED_OUT):
            self._runner.keep_opt_out(person)

    # What may be, and what is asked --------------------------------------------------------------

    def _call_bar(self, person: Person) -> CallOutcome | None:
        """What stands against a call to them, counts and opt-outs aside. Practice has no hours."""
        if person.practice:
            return None if person.number else "cannot"
        if not (self._call_caps.per_number and self._call_caps.in_all):
            return "cannot"
        bar = bar_to_call(self._clock(), person.address, self._countries)
        return call_barred(bar) if bar else None

    def _text(self, person: Person, body: str, ours: str, errand_id: str) -> Text:
        told = self._status_url("/sms/status", errand_id)
        return Text(person.text_address, body, told, ours)

    def _ring(self, person: Person, release: Release, path: str, errand_id: str) -> Ring:
        return Ring(
            person.number,
            f"{self._settings.public_url}{path}",
            self._status_url("/voice/status", errand_id),
            self._settings.outbound.fallback_url,
            release.script.line.line_phone.dialled,
        )

    def _status_url(self, path: str, errand_id: str) -> str:
        """Where Twilio tells what became of an errand, which it names as its claim."""
        return f"{self._settings.public_url}{path}?{urlencode({'claim': errand_id})}"
