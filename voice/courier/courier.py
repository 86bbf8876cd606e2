"""Brings a text or a call to somebody who asked for it: once, and only where it may be."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from voice.courier.account import lacking
from voice.courier.errand import (
    UNKNOWN,
    CallOutcome,
    Errand,
    Kind,
    TextOutcome,
    call_barred,
    call_outcome,
    kept_word,
    shown,
    text_outcome,
)
from voice.courier.person import Person, TextBar, sound_reaches, text_bar
from voice.dialog import State
from voice.outbound import (
    Client,
    Counts,
    Limits,
    Outcome,
    Refused,
    Ring,
    Sent,
    Text,
    fault,
    may_call,
    ring,
    send_text,
)
from voice.release import Release, address
from voice.script import Pace
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

TEXT_CAPS: Final = Caps(per_number=20, in_all=2000)
"""Texts we start in a day: far more than people ask for, and an end to who abuses the line."""

LAST_START: Final = 5.0
"""Seconds after which no further text of an errand is begun: a caller waits, 15 at most."""

OPTED_OUT: Final = 21610
"""Twilio's code for a person who said stop to it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Job:
    """An errand to claim, do and settle. `wording` is what they agreed to, "" where not asked."""

    id: str
    kind: Kind
    person: Person
    orders: Sequence[Text | Ring] = field(repr=False)
    errands: list[Errand] = field(repr=False)
    wording: str = ""
    caps: Caps | None = None


class Courier:
    """Runs the errands of one process. The list `errands` takes what practice does not send.

    An errand's id names the wish: asked for again under the same one, nothing leaves again and
    the outcome is the one of the first time. Whatever breaks, the outcome is "failed", and the
    patient is told what to do instead; so it is, too, where nobody knows whether it was done.
    """

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
        allowed = settings.outbound
        self._limits = Limits(allowed.countries, allowed.calls_per_number, allowed.calls_per_day)

    def text_bar(self, person: Person) -> TextBar:
        """What stands against a text to them: "" where nothing does. Opt-outs are not looked up."""
        return text_bar(person, self._limits)

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
        status_url: str = "",
    ) -> TextOutcome:
        """Text them what they asked for in a call; `wording` is what they said yes to."""
        bar = self.text_bar(person)
        if bar:
            return bar
        ours = "" if person.whatsapp else release.script.line.text_number.dialled
        orders = [self._text(person, body, ours, status_url) for body in bodies]
        job = _Job(errand_id, "text", person, orders, errands, wording, TEXT_CAPS)
        return text_outcome(self._run(job))

    def mend_sound(
        self,
        turn: str,
        person: Person,
        ours: str,
        body: str,
        errands: list[Errand],
        status_url: str = "",
    ) -> TextOutcome:
        """Send the link, once, because the answer to this turn did not arrive with its sound.

        `ours` is the address they wrote to; their own text asked for this one.
        """
        bar = self.text_bar(person)
        if bar:
            return bar
        orders = [self._text(person, body, ours, status_url)]
        job = _Job(f"{turn}:link", "text", person, orders, errands, caps=TEXT_CAPS)
        return text_outcome(self._run(job))

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
        status_url: str = "",
    ) -> CallOutcome:
        """Call them, to begin in a topic, because they asked by text; `wording` is their wish."""
        bar = self._call_bar(person)
        if bar:
            return bar
        caps = Caps(self._limits.per_number, self._limits.in_all)
        place = State(f"ring.{topic}", locale, pace)
        order = self._ring(person, release, address(release.number, place), status_url)
        job = _Job(errand_id, "call", person, [order], errands, wording, caps)
        return call_outcome(self._run(job))

    def learn(self, person: Person, code: str) -> None:
        """Keep the opt-out that this error code of Twilio's tells of, if it tells of one."""
        if code == str(OPTED_OUT):
            self._keep_opt_out(person)

    # What may be, and what is asked --------------------------------------------------------------

    def _call_bar(self, person: Person) -> CallOutcome | None:
        """What stands against a call to them, counts and opt-outs aside. Practice has no hours."""
        if person.practice:
            return None if person.number else "cannot"
        bar = may_call(self._clock(), person.address, Counts(0, 0), self._limits).bar
        return call_barred(bar) if bar else None

    def _text(self, person: Person, body: str, ours: str, status_url: str) -> Text:
        told = status_url or f"{self._settings.public_url}/sms/status"
        return Text(person.text_address, body, status_url=told, sender=ours)

    def _ring(self, person: Person, release: Release, path: str, status_url: str) -> Ring:
        base = self._settings.public_url
        return Ring(
            person.number,
            f"{base}{path}",
            status_url or f"{base}/voice/status",
            self._settings.outbound.fallback_url,
            sender=release.script.line.line_phone.dialled,
        )

    # Claim, do, settle ---------------------------------------------------------------------------

    def _run(self, job: _Job) -> str:
        """Do a job that nobody has claimed yet; the word for what became of it."""
        keys = self._keys(job.person)
        try:
            taken = self._claimed(job, keys)
        except StoreError as problem:
            _log.error("%s not begun: the store is away: %s", job.kind, problem)
            return "failed"
        if not taken.new:
            return _not_new(taken)
        outcome = self._do(job)
        word = kept_word(job.kind, outcome) if outcome else "failed"
        self._settle(job, word, outcome)
        return word

    def _claimed(self, job: _Job, keys: Keys) -> Claim:
        """Claim a job; where it is ours, their consent is kept before anything leaves."""
        now, practice = self._clock(), job.person.practice
        taken = claim(self._store, job.id, job.kind, keys, practice, now, job.caps)
        if taken.new and job.wording:
            channel = "call" if job.kind == "text" else "message"
            record_consent(self._store, keys, practice, job.kind, channel, job.wording, now)
        return taken

    def _do(self, job: _Job) -> Outcome | None:
        """What became of a job's first order; None where this line can ask nothing of Twilio."""
        if job.person.practice:
            job.errands.extend(shown(order) for order in job.orders)
            return Sent("")
        client = self._client()
        if client is None:
            lack = ", ".join(lacking(self._settings))
            _log.error("a %s was asked for and cannot be made: %s is not set", job.kind, lack)
            return None
        return self._in_turn(client, job.orders)

    def _in_turn(self, client: Client, orders: Sequence[Text | Ring]) -> Outcome:
        """Give one order after the other; the first decides. None follows one that failed."""
        begun = self._timer()
        first = last = _given(client, orders[0])
        for order in orders[1:]:
            if not isinstance(last, Sent) or self._timer() - begun > LAST_START:
                _log.error("only a part of a text was sent")
                break
            last = _given(client, order)
        return first

    def _settle(self, job: _Job, word: str, outcome: Outcome | None) -> None:
        """Keep what became of a job, and an opt-out that Twilio told of."""
        sid = outcome.sid if isinstance(outcome, Sent) else ""
        code = str(outcome.code or "") if isinstance(outcome, Refused) else ""
        if isinstance(outcome, Refused) and outcome.opted_out:
            self._keep_opt_out(job.person)
        try:
            settle(self._store, job.id, word, sid, code, self._clock())
        except StoreError as problem:
            # It stays claimed with no outcome: never done again, and counted.
            _log.error("outcome of a %s not kept: the store is away: %s", job.kind, problem)

    def _keep_opt_out(self, person: Person) -> None:
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


def _not_new(taken: Claim) -> str:
    """The word for a job that is not ours to do: barred, or claimed before."""
    if taken.bar:
        return "opted-out" if taken.bar == "opted-out" else "often"
    return taken.outcome or UNKNOWN
