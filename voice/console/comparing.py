"""Two releases side by side: every field that differs, word by word."""

from collections.abc import Mapping
from dataclasses import dataclass

from voice.console.drafting import opened
from voice.console.layout import full_label, title
from voice.draft.difference import Change, Piece, changes, difference
from voice.draft.field import Field, as_text
from voice.draft.subjects import subject_of, subjects
from voice.script import Script


@dataclass(frozen=True)
class Compared:
    """A field that differs; `label` is "" where only the rest of its file does."""

    label: str
    locale: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Group:
    """The fields of a subject, or of a file, that differ."""

    title: str
    fields: tuple[Compared, ...]


def groups(live: Script, old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Group, ...]:
    """Return what differs between two sets of files, by subject."""
    found: dict[str, list[Compared]] = {}
    for change in changes(old, new):
        found.setdefault(_name(live, change.field), []).append(_compared(live, change))
    return tuple(Group(name, tuple(fields)) for name, fields in found.items())


def number(found: tuple[Group, ...]) -> int:
    """How many fields differ."""
    return sum(bool(field.label) for group in found for field in group.fields)


def _name(live: Script, field: Field) -> str:
    subject = subject_of(field)
    return title(subject) if subject in subjects(live) else field.file


def _compared(live: Script, change: Change) -> Compared:
    field = change.field
    if not field.path:
        return Compared("", "", ())
    old, new = (as_text(field.kind, one) if one else "" for one in (change.old, change.new))
    return Compared(_label(live, field), field.locale, difference(old, new))


def _label(live: Script, field: Field) -> str:
    subject = subject_of(field)
    if subject not in subjects(live):
        return ".".join(field.path)
    return full_label(opened(subject), field)
