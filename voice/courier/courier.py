"""Brings a text or a call to somebody who asked for it: once, and only where it may be."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from voice.courier.errand import CallOutcome, Errand, TextOutcome
from voice.courier.person import Person, TextBar, sound_reaches, text_bar
from voice.outbound import Client
from voice.outbound.permission import Limits
from voice.release import Release
from voice.script import Pace
from voice.settings import Settings
from voice.store import Store


class Courier:
    """Runs the errands of one process. `errands` of a call collects what practice does not send."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        client: Callable[[], Client | None],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._client = client
        self._timer = timer
        self._limits = Limits(
            settings.outbound.countries,
            settings.outbound.calls_per_number,
            settings.outbound.calls_per_day,
        )

    def text_bar(self, person: Person) -> TextBar:
        """What stands against a text to them: "" where nothing does. Opt-outs are not looked up."""
        return text_bar(person, self._limits)

    def sound(self, person: Person, ours: str, size: int, address: str) -> str:
        """`address`, an MP3 of `size` bytes, where it reaches them as media from ours; else ""."""
        reaches = address.startswith("https://") or person.practice
        return address if reaches and sound_reaches(person, ours, size) else ""

    def text_me(
        self,
        errand_id: str,
        person: Person,
        bodies: Sequence[str],
        release: Release,
        wording: str,
        errands: list[Errand],
        status_url: str = "",
    ) -> TextOutcome:
        """Text them what they asked for in a call; `wording` is what they said yes to.

        `errand_id` names the wish: asked again with the same one, nothing is sent again.
        """
        return "failed"

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
        """Call them with a topic because they asked for it by text; `wording` is what they said."""
        return "failed"

    def mend_sound(
        self,
        turn: str,
        person: Person,
        ours: str,
        body: str,
        errands: list[Errand],
        status_url: str = "",
    ) -> TextOutcome:
        """Send the link once, because the text of this turn, with its sound, did not arrive."""
        return "failed"
