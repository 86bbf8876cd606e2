"""Recordings: staff read the line's sentences aloud, one after another, or send files of them."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, flash, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.confirming import HEARERS, fresh
from voice.console.desk import desk, go, may, now, page, require, say, staff, words
from voice.console.drafting import live_script, me
from voice.console.going_live import start
from voice.console.names import language_in_words, language_of, title_of
from voice.console.takes import Checklist, Item, checklist, every_checklist, unheard, waiting
from voice.script import PACES, Pace
from voice.speech.take import MOST_BYTES, MOST_SECONDS, Remark, Take, listen
from voice.store.publications import Busy, Publication, publications
from voice.store.recordings import (
    Recording,
    Sound,
    keep_recording,
    recordings,
    sound_of,
)

READERS: Final = ("writer", "editor", "manager")
"""Who may read for the line; everybody may listen."""
_MICROPHONE: Final = "camera=(), geolocation=(), microphone=(self)"
_ROOM: Final = 200_000
"""Bytes a form has besides its file."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    there = "/recordings/<locale>/<name>"
    routes.add_url_rule("/recordings", "recordings", overview)
    routes.add_url_rule("/recordings/live", "recordings_live", go_live, methods=["POST"])
    routes.add_url_rule("/recordings/<locale>", "recordings_list", listed)
    routes.add_url_rule(there, "recording", recording)
    routes.add_url_rule(f"{there}/keep", "recording_keep", keep, methods=["POST"])
    routes.add_url_rule(f"{there}/sound", "recording_sound", sound)


# All of them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a locale is at a pace; `unheard` are recorded, and nobody else has heard them."""

    locale: str
    pace: Pace
    done: int
    unheard: int
    all: int


@require()
def overview() -> ResponseReturnValue:
    """How far each language is, and whether callers hear it."""
    lists = every_checklist()
    rows = [Progress(*key, one.done, one.unheard, len(one.items)) for key, one in lists.items()]
    return page(
        "recordings.html",
        rows=rows,
        waiting=unheard(lists.values()),
        fresh=fresh(),
        under_way=_under_way(),
        may_go_live=may(staff(), "console.recordings_live"),
        language_of=language_of,
    )


@require("manager")
def go_live() -> ResponseReturnValue:
    """Make clips of the recordings, and let callers hear them all at once."""
    if not waiting():
        say("releases.nothing_new")
        return go(url_for("console.recordings"))
    try:
        return start((), words()("recordings.live_note"))
    except Busy:
        say("recordings.live_busy")
        return go(url_for("console.recordings"))


def _under_way() -> Publication | None:
    newest = publications(desk().store, 1)
    return newest[0] if newest and newest[0].alive(now()) else None


@require()
def listed(locale: str) -> ResponseReturnValue:
    """The checklist of a language."""
    pace = _pace(request.args.get("pace", ""))
    found = _checklist(locale, pace)
    return page(
        "recordings_list.html",
        locale=locale,
        pace=pace,
        paces=PACES,
        list=found,
        groups=found.groups,
        next=found.after(""),
        heading=heading,
        language_in_words=language_in_words,
        may_record=staff().holds(*READERS),
    )


def heading(subject: str) -> str:
    """What a part of the checklist is called."""
    key = f"recordings.of_{subject}"
    return words()(key) if key in words() else title_of(subject)


def _checklist(locale: str, pace: Pace) -> Checklist:
    if locale not in live_script().locales:
        abort(404)
    return checklist(locale, pace)


def _pace(written: str) -> Pace:
    return next((pace for pace in PACES if pace == written), PACES[0])


# One of them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A sentence, or a recording of words that are said no more, and the checklist around it."""

    list: Checklist
    pace: Pace
    item: Item | None
    other: Recording | None

    @property
    def recording(self) -> Recording | None:
        """The recording there is."""
        return self.item.recording if self.item else self.other


def _find(locale: str, name: str) -> Found | None:
    for pace in PACES:
        found = _checklist(locale, pace)
        item = found.find(name)
        if item:
            return Found(found, pace, item, None)
    kept = recordings(desk().store, locale)
    other = next((one for one in kept if one.name == name), None)
    return Found(_checklist(locale, other.pace), other.pace, None, other) if other else None


@require()
def recording(locale: str, name: str) -> ResponseReturnValue:
    """Words in large print, what is recorded of them, and the means to record."""
    found = _find(locale, name)
    return _shown(locale, found) if found else _changed(locale)


def _shown(locale: str, found: Found, take: Take | None = None) -> Response:
    status = 422 if take and take.faults else 200
    shown = page(
        "recording.html",
        status,
        locale=locale,
        found=found,
        take=take,
        faults=[told(one, "fault") for one in take.faults] if take else [],
        number=found.list.items.index(found.item) + 1 if found.item else 0,
        heading=heading,
        language_of=language_of,
        picture=picture,
        number_of=_plain,
        largest=MOST_BYTES,
        longest=MOST_SECONDS,
        may_record=staff().holds(*READERS),
        may_confirm=staff().holds(*HEARERS),
    )
    shown.headers["Permissions-Policy"] = _MICROPHONE
    return shown


def _changed(locale: str) -> Response:
    """Nothing is called so: most likely its words have changed since the page was made."""
    if locale not in live_script().locales:
        abort(404)
    say("recordings.words_gone")
    return go(url_for("console.recordings_list", locale=locale))


@require(*READERS, largest=MOST_BYTES + _ROOM)
def keep(locale: str, name: str) -> ResponseReturnValue:
    """Listen to what was sent; keep it, or say what is wrong with it."""
    found = _find(locale, name)
    if found is None or found.item is None:
        return _changed(locale)
    take = _heard(found.item)
    if take.faults:
        return _shown(locale, found, take)
    item, made = found.item.sentence, Sound(take.content, take.heard)
    about = Recording(
        item.words, locale, found.pace, item.place, made.digest, take.seconds, take.level,
        take.peaks, me(), now(),
    )  # fmt: skip
    keep_recording(desk().store, about, made)
    say("recordings.kept")
    for one in take.notes:
        flash(told(one, "note"))
    return go(url_for("console.recording", locale=locale, name=name, kept=1))


def _heard(item: Item) -> Take:
    sent = request.files.get("sound")
    if sent is None:
        return listen(b"", item.wanted)
    content = sent.read()
    sent.close()
    return listen(content, item.wanted)


@require()
def sound(locale: str, name: str) -> ResponseReturnValue:
    """A recording as callers hear it."""
    found = sound_of(desk().store, name)
    if found is None or locale not in live_script().locales:
        abort(404)
    response = Response(found.heard, content_type="audio/wav")
    response.set_etag(found.digest)
    response.make_conditional(request, accept_ranges=True, complete_length=len(found.heard))
    return response


# Words and pictures ------------------------------------------------------------------------------


def told(one: Remark, kind: str) -> str:
    """What is wrong with a take, and what to do."""
    return words()(f"recordings.{kind}_{one.kind.replace('-', '_')}", **_numbers(one))


def _numbers(one: Remark) -> dict[str, str]:
    return {"number": _plain(one.number), "usual": _plain(one.usual)}


def _plain(number: float) -> str:
    """A number of seconds or of megabytes in the reader's way of writing: 6.5, or 6,5."""
    short = f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"
    return short.replace(".", words()("recordings.point"))


def picture(peaks: tuple[int, ...]) -> str:
    """The path of a waveform in a box of as many columns, 100 high."""
    return "".join(f"M{x}.5 {50 - height / 2:g}v{max(height, 1)}" for x, height in enumerate(peaks))
