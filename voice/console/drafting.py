"""A subject's words in work as its page shows and takes them: fields, whose they are, saves."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Final

from flask import abort

from voice.console.desk import desk, now, staff
from voice.console.served import served
from voice.draft.field import Field, TooLong, Value, as_text, of_text, tidy
from voice.draft.fields import LEXICON, NoSuchField, field_of, fields, locales_of, read
from voice.draft.review import Person
from voice.draft.subjects import subject_of, subjects
from voice.draft.work import Draft, Work, words_in_work
from voice.script import Script
from voice.store.drafts import Conflict, Saved, read_work, save, versions
from voice.store.staff import Person as Colleague

WRITERS: Final = ("writer", "editor", "translator", "manager")
"""Who may change words at all; a translator only those of the locales after the first."""
SEEN: Final = "seen:"
"""How the name begins of what says which words a form showed in a field."""


@dataclass(frozen=True)
class Place:
    """A field on a page. `number` counts the subject's fields; `value` are its words in work."""

    field: Field
    number: int
    value: Value
    live: Value
    version: int
    draft: Draft | None

    @property
    def text(self) -> str:
        """Its words in work the way people write them."""
        return as_text(self.field.kind, self.value)

    @property
    def seen(self) -> str:
        """What a form gives back to say which words it showed."""
        return seen(self.version, self.value)


@dataclass(frozen=True)
class Desktop:
    """A subject on somebody's desk: what is live, all that is in work, and its own fields."""

    subject: str
    script: Script
    work: Work
    places: Mapping[str, Place]

    @property
    def live(self) -> Mapping[str, str]:
        """The files callers hear now."""
        return self.script.files

    @property
    def own(self) -> frozenset[str]:
        """The files its words stand in."""
        return frozenset(place.field.file for place in self.places.values())

    def files(self) -> dict[str, str]:
        """The live files with the subject's words in work, but those whose place is gone."""
        drafts = {name: one for name, one in self.work.drafts.items() if name in self.places}
        return words_in_work(self.live, replace(self.work, drafts=drafts), self.subject)


def opened(subject: str) -> Desktop:
    """The subject as it is now; 404 where there is none such, 503 before the first release."""
    script = live_script()
    if subject not in subjects(script):
        abort(404)
    work, newest = read_work(desk().store), versions(desk().store, subject)
    places = {}
    for number, field in enumerate(_fields_of(_frozen(script.files), subject, work)):
        value, draft = read(script.files, field), work.drafts.get(field.id)
        shown = draft.value if draft else value
        places[field.id] = Place(field, number, shown, value, newest.get(field.id, 0), draft)
    return Desktop(subject, script, work, places)


def live_script() -> Script:
    """The script that is live; 503 before the first release."""
    script = served()
    if script is None:
        abort(503)
    return script


def me() -> Person:
    """Who is signed in, as the history names them."""
    return Person(staff().id, staff().name)


def may_write(person: Colleague, field: Field, locales: tuple[str, ...]) -> bool:
    """Whether somebody may change a field: translators only what is not for the first locale."""
    if person.holds("writer", "editor", "manager"):
        return True
    return person.holds("translator") and field.locale != "" and not field.concerns(locales[0])


def seen(version: int, value: Value) -> str:
    """Say which words a form shows: their version, and a digest of them."""
    return f"{version}-{_digest(value)}"


def _frozen(files: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(files.items())


def _fields_of(files: tuple[tuple[str, str], ...], subject: str, work: Work) -> tuple[Field, ...]:
    """A subject's fields; words the lexicon is to be given come last."""
    known = _known(files, subject)
    names = {field.id for field in known}
    new = (draft.field for draft in work.of(subject) if draft.field not in names)
    return (*known, *_named(dict(files), new))


def _named(files: Mapping[str, str], names: Iterator[str]) -> Iterator[Field]:
    for name in names:
        try:
            yield field_of(files, name)
        except NoSuchField:
            continue  # gone from the live scripts; the page of all subjects lists it


@lru_cache(maxsize=32)
def _known(files: tuple[tuple[str, str], ...], subject: str) -> tuple[Field, ...]:
    return tuple(field for field in fields(dict(files)) if subject_of(field) == subject)


def _digest(value: Value) -> str:
    return sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


# What a form brings ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """Words somebody typed into a field, and which they saw there before. `size` if too long."""

    field: Field
    text: str
    value: Value
    version: int
    changed: bool
    size: int = 0


def typed(desktop: Desktop, form: Mapping[str, str]) -> Iterator[Typed]:
    """Read the fields of a subject that a form brings; others are left alone."""
    names = {name: place.field for name, place in desktop.places.items() if name in form}
    if desktop.subject == "lexicon":
        new = (name for name in form if name.startswith(LEXICON) and name not in names)
        names |= {field.id: field for field in _named(desktop.live, new)}
    for name, field in names.items():
        yield _typed(field, form[name], form.get(f"{SEEN}{name}", ""))


def _typed(field: Field, text: str, shown: str) -> Typed:
    version, digest = _told(shown)
    try:
        value = of_text(field.kind, text)
    except TooLong as problem:
        return Typed(field, text, "", version, True, problem.size)
    return Typed(field, text, value, version, _digest(value) != digest)


def _told(shown: str) -> tuple[int, str]:
    """The version and the digest of the words a form showed; those of none where it says so not."""
    found = re.fullmatch(r"(\d{1,9})-([0-9a-f]{16})", shown)
    return (int(found[1]), found[2]) if found else (0, "")


# Saves -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became of a field that was typed in.

    `kind` is saved, conflict, long, or not-yours; `seen` goes back with the next save.
    """

    kind: str
    typed: Typed
    seen: str = ""
    conflict: Conflict | None = None


def kept(desktop: Desktop, form: Mapping[str, str]) -> tuple[Outcome, ...]:
    """Save what a form changes; what it shows as it was is left as it is."""
    return tuple(_kept(desktop, one) for one in typed(desktop, form) if one.changed)


def _kept(desktop: Desktop, one: Typed) -> Outcome:
    if not may_write(staff(), one.field, locales_of(desktop.live)):
        return Outcome("not-yours", one)
    if one.size:
        return Outcome("long", one)
    live = read(desktop.live, one.field)
    done = save(desk().store, one.field, one.value, one.version, live, me(), now())
    if isinstance(done, Saved):
        return Outcome("saved", one, seen(done.version, tidy(one.field.kind, one.value)))
    return Outcome("conflict", one, seen(done.version, done.theirs), done)


def undone(desktop: Desktop, name: str, shown: str) -> Outcome | None:
    """Go back to the live words of a field from those a form showed; None where it has no draft."""
    place = desktop.places.get(name)
    if place is None or place.draft is None:
        return None
    return _put(desktop, place, place.live, _told(shown)[0])


def moved(desktop: Desktop, name: str, at: int, by: int) -> Outcome | None:
    """Move an item of a list up or down; None where there is none to move, or no place for it."""
    place = desktop.places.get(name)
    items = list(place.value) if place and isinstance(place.value, tuple) else []
    if place is None or not (0 <= at < len(items) and 0 <= at + by < len(items)):
        return None
    items[at], items[at + by] = items[at + by], items[at]
    return _put(desktop, place, tuple(items), place.version)


def _put(desktop: Desktop, place: Place, value: Value, version: int) -> Outcome:
    """Save what a button makes of a field; who may not is shown the words as they are."""
    if not may_write(staff(), place.field, locales_of(desktop.live)):
        return Outcome("not-yours", Typed(place.field, place.text, place.value, version, False))
    text = as_text(place.field.kind, value)
    return _kept(desktop, Typed(place.field, text, value, version, True))
