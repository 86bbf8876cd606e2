"""A telephone line that says the words in work: only the telephone in the browser reaches it.

It is the real line's door over another release: every request is signed as practice, so nothing
leaves; nothing is counted either.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from flask import Flask

from voice import handset, webhook
from voice.booth import Booth
from voice.exchange import Caption, over_wsgi
from voice.live import Live
from voice.rehearsal.sounds import Sounds
from voice.release import on_demand
from voice.script import Utterance
from voice.settings import Notices, Settings
from voice.store import Store, StoreError, Tally, Trace, Use
from voice.store.traces import write_traces

MOST: Final = 2
"""Drafts kept ready; to make one so takes half a second."""
NUMBER: Final = 0
"""The number of a release that is none."""


class Unheard(Tally):
    """Counts nothing; where somebody is in a call it notes at once."""

    def count(self, use: Use) -> None:
        """Count nothing."""

    def trace(self, trace: Trace) -> None:
        """Remember where a caller is; not while the store is away."""
        with suppress(StoreError):
            write_traces(self._store, (trace,))


class Lines:
    """The lines of the drafts that were rung last in this process."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = replace(settings, twilio_tokens=(), notices=Notices())
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Booth] = OrderedDict()

    def reach(self, sounds: Sounds) -> Booth:
        """The line that says a draft, made ready if it is not; others wait meanwhile."""
        draft = tuple(sounds.draft.files.items())
        key = (draft, sounds.callers.lexicon, id(sounds.live))
        with self._lock:
            booth = self._kept.pop(key, None) or self._opened(sounds)
            self._kept[key] = booth
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return booth

    def _opened(self, sounds: Sounds) -> Booth:
        """The door of the real line, over the draft."""
        captions: dict[str, Caption] = {}

        def clip(said: Utterance) -> str:
            url = f"{self._settings.public_url}{sounds.address(said)}"
            captions[url] = Caption(said.words, said.locale)
            return url

        live = Live(self._settings.public_url, self._settings.audio)
        live.release = on_demand(sounds.draft, NUMBER, self._settings.public_url, clip)
        live.script, live.manifest = sounds.draft, sounds.live
        phone = handset.phone(self._settings, sounds.live, sounds.draft, over_wsgi(self._app(live)))
        return Booth(self._settings, sounds.draft, replace(phone, caption=captions.get))

    def _app(self, live: Live) -> Flask:
        app = Flask("voice")
        tally = Unheard(self._store)
        door = webhook.open_door(
            live, self._settings, self._store, tally, self._clock, _nothing, lambda: None
        )
        app.register_blueprint(webhook.blueprint(door))
        return app


def _nothing(_kind: str) -> None:
    """Count no refused signature: every request is our own."""
