"""Runs an errand: claim it, do it, settle it. Nothing leaves twice, whatever breaks between."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from voice.courier.account import lacking
from voice.courier.errand import UNKNOWN, Errand, Kind, kept_word, shown
from voice.courier.person import Person
from voice.courier.turns import Turns
from voice.outbound import Client, Outcome, Refused, Ring, Sent, Text, fault, ring, send_text
from voice.settings import Settings
from voice.store import (
    Caps,
    Claim,
    Keys,
    Store,
    StoreError,
    claim,
    contact_keys,
    opt_out,
    record_consent,
    settle,
)
from voice.store.claims import outcome_of

LAST_START: Final = 5.0
"""Seconds after which no further text of an errand is begun: a caller waits, 15 at most."""

LONGEST: Final = 12.5
"""Seconds after which nobody is at work on an errand any more, and nobody waits for it."""

LOOK_EVERY: Final = 0.1
"""Seconds between two looks at what became of an errand that another request is at."""

OPTED_OUT: Final = 21610
"""Twilio's code for a person who said stop to it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """An errand to claim, do and settle. `wording` is what they agreed to, "" where not asked."""

    id: str
    kind: Kind
    person: Person
    orders: Sequence[Text | Ring] = field(repr=False)
    errands: list[Errand] = field(repr=False)
    wording: str = ""
    caps: Caps | None = None


class Runner:
    """Runs the jobs of one process."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        client: Callable[[], Client | None],
        timer: Callable[[], float],
        told: Callable[[str, str], None],
        pause: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._client = client
        self._timer = timer
        self._told = told
        self._pause = pause
        self._turns = Turns()

    def run(self, job: Job) -> str:
        """Do a job that nobody has claimed yet; the word for what became of it."""
        keys = self._keys(job.person)
        try:
            taken = self._claimed(job, keys)
        except StoreError as problem:
            _log.error("%s not begun: the store is away: %s", job.kind, problem)
            return "failed"
        if not taken.new:
            return self._not_new(job, taken)
        outcome = self._do(job)
        word = kept_word(job.kind, outcome) if outcome else "failed"
        self._settle(job, word, outcome)
        if not job.person.practice:
            self._told(job.kind, word)
        return word

    def _claimed(self, job: Job, keys: Keys) -> Claim:
        """Claim a job; where it is ours, their consent is kept before anything leaves."""
        now, practice = self._clock(), job.person.practice
        taken = claim(self._store, job.id, job.kind, keys, practice, now, job.caps)
        if taken.new and job.wording:
            channel = "call" if job.kind == "text" else "message"
            record_consent(self._store, keys, practice, job.kind, channel, job.wording, now)
        return taken

    def _not_new(self, job: Job, taken: Claim) -> str:
        """The word for a job that is not ours to do: barred, or claimed before.

        Who is barred because of all others hears no word about how often they asked.
        """
        if taken.bar:
            return "failed" if taken.bar == "all" else taken.bar
        if taken.open_since is None:
            return taken.outcome
        # Two machines' clocks may differ, either way.
        left = LONGEST - abs(self._clock() - taken.open_since).total_seconds()
        return self._turns.beside(lambda: self._awaited(job, left)) or UNKNOWN

    def _awaited(self, job: Job, seconds: float) -> str:
        """The word for a job that another request is at, as soon as there is one.

        "" where there is none in so many seconds: whoever was at it may have died.
        """
        until = self._timer() + seconds
        word = ""
        try:
            while not word and self._timer() < until:
                self._pause(LOOK_EVERY)
                word = outcome_of(self._store, job.id)
        except StoreError as problem:
            _log.error("outcome of a %s not learned: the store is away: %s", job.kind, problem)
        return word

    def _do(self, job: Job) -> Outcome | None:
        """What became of a job's first order; None where nothing can be asked of Twilio now."""
        if job.person.practice:
            job.errands.extend(shown(order) for order in job.orders)
            return Sent("")
        client = self._client()
        if client is None:
            lack = ", ".join(lacking(self._settings))
            _log.error("a %s was asked for and cannot be made: %s is not set", job.kind, lack)
            return None
        outcome = self._turns.run(lambda: self._in_turn(client, job.orders))
        if outcome is None:
            _log.error("a %s was not asked for: too many wait for Twilio", job.kind)
        return outcome

    def _in_turn(self, client: Client, orders: Sequence[Text | Ring]) -> Outcome:
        """Give one order after the other; the first decides. None follows one that failed."""
        begun = self._timer()
        first = last = _given(client, orders[0])
        for order in orders[1:]:
            if not isinstance(last, Sent) or self._timer() - begun > LAST_START:
                if isinstance(first, Sent):
                    _log.error("only a part of a text was sent")
                break
            last = _given(client, order)
        return first

    def _settle(self, job: Job, word: str, outcome: Outcome | None) -> None:
        """Keep what became of a job, and an opt-out that Twilio told of."""
        sid = outcome.sid if isinstance(outcome, Sent) else ""
        code = str(outcome.code or "") if isinstance(outcome, Refused) else ""
        if isinstance(outcome, Refused) and outcome.opted_out:
            self.keep_opt_out(job.person)
        try:
            settle(self._store, job.id, word, sid, code, self._clock())
        except StoreError as problem:
            # It stays claimed with no outcome: never done again, and counted.
            _log.error("outcome of a %s not kept: the store is away: %s", job.kind, problem)

    def keep_opt_out(self, person: Person) -> None:
        """Keep that they said stop to Twilio, which then takes nothing for them."""
        keys, now = self._keys(person), self._clock()
        wording = f"{fault(OPTED_OUT).reason} ({OPTED_OUT})"
        try:
            opt_out(self._store, keys, person.practice, now)
            record_consent(self._store, keys, person.practice, "stop", "carrier", wording, now)
        except StoreError as problem:
            _log.error("an opt-out at Twilio was not kept: the store is away: %s", problem)

    def _keys(self, person: Person) -> Keys:
        return contact_keys(self._settings.contact_keys, person.address, person.practice)


def _given(client: Client, order: Text | Ring) -> Outcome:
    return send_text(client, order) if isinstance(order, Text) else ring(client, order)
