"""What needs somebody: each with the page on which it is done, the most pressing first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import url_for

from voice.console.audio import heard
from voice.console.behind import locales_behind, without_writing
from voice.console.call_backs import RINGERS
from voice.console.confirming import HEARERS
from voice.console.desk import desk, may, now, staff, times, words
from voice.console.drafting import WRITERS
from voice.console.layout import title
from voice.console.names import language_in_words, readers_locale
from voice.console.policy import due
from voice.console.reading import may_send
from voice.console.served import served
from voice.console.standing import Board
from voice.draft.review import Person, Policy, may_sign, missing
from voice.draft.work import Review, Work
from voice.release import Release
from voice.script import Script
from voice.speech.reading import name_of
from voice.store import waiting_call_backs
from voice.store.choices import Choices, read_choices
from voice.store.drafts import read_work
from voice.store.publications import publications
from voice.store.recordings import recordings
from voice.store.remarks import remarks
from voice.store.reviews import writers
from voice.store.staff import everyone
from voice.store.unmatched_words import Sought, wordings

NAMED: Final = 3
"""Titles that stand in one need."""


@dataclass(frozen=True)
class Need:
    """Something to do, told in words, and the page that does it; `urgent` comes first.

    `place` is "" where that page is not open to who reads this.
    """

    told: str
    place: str
    urgent: bool = False


def link(endpoint: str, fragment: str = "", **values: str) -> str:
    """The address of a view, "" where who asks may not open it."""
    name = f"console.{endpoint}"
    if not may(staff(), name):
        return ""
    return str(url_for(name, _anchor=fragment or None, **values))  # type: ignore[arg-type]


def needs(release: Release | None) -> tuple[Need, ...]:
    """Everything that needs who is signed in."""
    found = [*_of_patients(), *_of_people()]
    script = served()
    if release is not None and script is not None:
        work, choices = read_work(desk().store), read_choices(desk().store)
        here = Board(script, work, choices)
        found += [
            *_of_switches(script, choices),
            *_of_publishing(),
            *_of_reviews(script, work, choices.policy),
            *_of_languages(script, work),
            *_of_unsent(here),
            *_of_dates(script),
            *_of_words(here),
            *_of_sound(script, release),
        ]
    return tuple(sorted(found, key=lambda one: not one.urgent))


# Patients ----------------------------------------------------------------------------------------


def _of_patients() -> Iterator[Need]:
    waiting = waiting_call_backs(desk().store) if staff().holds(*RINGERS) else ()
    if waiting:
        since = times().moment(waiting[0].asked_at)
        told = words().count("todo.call_backs", len(waiting), since=since)
        yield Need(told, link("call_backs"), urgent=True)
    _, unknown = wordings(desk().store, Sought(), 1) if staff().holds(*WRITERS) else ((), 0)
    if unknown:
        yield Need(words().count("todo.unknown", unknown), link("unknown"))


# Words in work -----------------------------------------------------------------------------------


def _of_switches(script: Script, choices: Choices) -> Iterator[Need]:
    """What callers cannot hear just now."""
    off = choices.off_on(script, script.line.hours.day(now()))
    place = link("switches")
    if off.line:
        yield Need(words()("todo.line_off"), place, urgent=True)
    elif off.topics & script.topics.keys():
        titles = _titles(script, sorted(off.topics & script.topics.keys()))
        yield Need(words()("todo.topics_off", titles=titles), place, urgent=True)


def _of_publishing() -> Iterator[Need]:
    newest = next(iter(publications(desk().store, 1)), None)
    if newest is None or newest.state == "done" or not staff().holds("manager"):
        return
    key = "todo.not_live" if newest.state == "failed" else "todo.going_live"
    yield Need(words()(key), link("releases"), urgent=newest.state == "failed")


def _of_reviews(script: Script, work: Work, policy: Policy) -> Iterator[Need]:
    """Words that wait for this reader: to be signed, to be mended, to be made live."""
    sent = {place: one for place, one in work.reviews.items() if work.of(*place)}
    to_sign = sum(_waits_for_me(script, work, policy, *item) for item in sent.items())
    back = sum(one.state == "sent-back" and _is_mine(place) for place, one in sent.items())
    for key, number in (("to_sign", to_sign), ("sent_back", back)):
        if number:
            yield Need(words().count(f"todo.{key}", number), link("reviews"))
    yield from _of_remarks()
    ready = _ready(script, work, policy) if staff().holds("manager") else 0
    if ready:
        yield Need(words().count("todo.ready", ready), link("releases"))


def _waits_for_me(
    script: Script, work: Work, policy: Policy, place: tuple[str, str], one: Review
) -> bool:
    """Whether these words were sent, and there is a role in which who asks may sign them."""
    if one.state != "sent":
        return False
    signed, me = work.signed(*place), staff()
    lacking = missing(policy.signers(place[1], script.locales), signed, one.digest)
    wrote = writers(desk().store, *place) if set(lacking) & set(me.roles) else ()
    own = Person(me.id, me.name)
    return any(
        not may_sign(role, own, me.roles, "sent", wrote, signed, one.digest)
        for role in lacking
        if role in me.roles
    )


def _is_mine(place: tuple[str, str]) -> bool:
    return staff().id in writers(desk().store, *place)


def _of_remarks() -> Iterator[Need]:
    """What reviewers said about words of this reader's, and nobody has dealt with."""
    found = remarks(desk().store) if staff().holds(*WRITERS) else ()
    mine = {place: _is_mine(place) for place in {(one.subject, one.locale) for one in found}}
    number = sum(mine[one.subject, one.locale] for one in found)
    if number:
        yield Need(words().count("todo.remarks", number), link("reviews"))


def _ready(script: Script, work: Work, policy: Policy) -> int:
    """How many subjects are approved in every locale in which they change."""

    def approved(subject: str, locale: str) -> bool:
        one = work.reviews.get((subject, locale))
        if one is None or one.state != "sent":
            return False
        signers, signed = policy.signers(locale, script.locales), work.signed(subject, locale)
        return not missing(signers, signed, one.digest)

    return sum(
        all(approved(subject, locale) for locale in script.locales if work.of(subject, locale))
        for subject in work.subjects
    )


def _of_languages(script: Script, work: Work) -> Iterator[Need]:
    """Subjects that were changed in one language only, and no longer by who still writes."""
    late = locales_behind(script.files, without_writing(work))
    if late:
        told = words().count("todo.behind", len(late))
        named = _named([*late]) + (" …" if len(late) > NAMED else ".")
        only = {"subject": next(iter(late))} if len(late) == 1 else {}
        yield Need(f"{told} {named}", link("subject" if only else "subjects", **only))


def _of_unsent(board: Board) -> Iterator[Need]:
    """Subjects sent for review in one language, changed in another too, and not sent in that."""
    sent = {subject for (subject, _), one in board.work.reviews.items() if one.state == "sent"}
    found = {subject: _unsent(board, subject) for subject in board.in_work if subject in sent}
    late = {subject: locales for subject, locales in found.items() if locales}
    if not late:
        return
    first = next(iter(late))
    languages = ", ".join(map(language_in_words, late[first]))
    more = " …" if len(late) > NAMED else ""
    told = words().count(
        "todo.unsent", len(late), titles=_named([*late]) + more, languages=languages
    )
    where = {"subject": first, "fragment": late[first][0]} if len(late) == 1 else {}
    yield Need(told, link("review_subject" if where else "reviews", **where))


def _unsent(board: Board, subject: str) -> tuple[str, ...]:
    """The locales of a subject that are being written, and that who asks may send."""
    stands = (one for one in board.stands(subject) if one.state == "writing")
    never = (one for one in stands if one.review is None or one.review.state == "writing")
    return tuple(one.locale for one in never if may_send(staff(), one, board))


def _named(subjects: list[str]) -> str:
    return ", ".join(map(title, subjects[:NAMED]))


# Words that are live -----------------------------------------------------------------------------


def _of_dates(script: Script) -> Iterator[Need]:
    """Subjects whose day to be read again is over, or near."""
    today = script.line.hours.day(now())
    days = {topic.id: topic.review_by for topic in script.topics.values()}
    over = sorted(name for name, day in days.items() if due(day, today) == "overdue")
    near = sorted(name for name, day in days.items() if due(day, today) == "due")
    place = link("policy", fragment="dates")
    if over:
        told = words().count("home.due", len(over))
        yield Need(f"{told} {_titles(script, over)}", place, urgent=True)
    if near:
        told = words().count("todo.soon", len(near), day=_first_day(days[name] for name in near))
        yield Need(f"{told} {_titles(script, near)}", place)


def _first_day(days: Iterator[date]) -> str:
    return times().day(times().begins(min(days)))


def _titles(script: Script, topics: list[str]) -> str:
    locale = readers_locale(script)
    titles = [script.topics[name].wording[locale].title for name in topics[:NAMED]]
    return ", ".join(titles) + (" …" if len(topics) > NAMED else ".")


def _of_words(board: Board) -> Iterator[Need]:
    unsigned = sum(len(one.missing) for one in board.pending)
    if unsigned:
        place = link("reviews", fragment="unsigned")
        yield Need(words().count("home.pending", unsigned), place)
    if board.script.line.is_sample:
        yield Need(words()("todo.sample"), link("subject", subject="clinic"))


def _of_sound(script: Script, release: Release) -> Iterator[Need]:
    if release.unspoken:
        told = words().count("home.missing", len(release.unspoken))
        yield Need(told, link("audio", state="missing"), urgent=True)
    kept = recordings(desk().store)
    if not kept:
        return
    # What every call can say takes a second to work out, the first time.
    every = heard(script)
    stale = sum(one.state == "stale" for one in every)
    if stale:
        yield Need(words().count("todo.stale", stale), link("audio", state="stale"))
    said = {name_of(one.utterance.words, one.utterance.locale, one.utterance.pace) for one in every}
    to_hear = sum(
        one.name in said and not one.confirmed and one.by.id != staff().id for one in kept
    )
    if to_hear and staff().holds(*HEARERS):
        yield Need(words().count("todo.to_hear", to_hear), link("recordings"))
    unsaid = sum(one.name not in said for one in kept)
    if unsaid:
        yield Need(words().count("todo.unsaid", unsaid), link("recordings"))


# People ------------------------------------------------------------------------------------------


def _of_people() -> Iterator[Need]:
    if not staff().holds("manager"):
        return
    here = [one for one in everyone(desk().store) if one.active]
    invited = sum(not one.has_password for one in here)
    if invited:
        yield Need(words().count("home.invited", invited), link("people"))
    if sum(one.has_password and one.holds("manager") for one in here) == 1:
        yield Need(words()("home.alone"), link("invite"))
