"""Two releases side by side: every field that differs, word by word."""

from collections.abc import Mapping
from dataclasses import dataclass

from voice.console.drafting import Desktop, opened
from voice.console.layout import full_label, title
from voice.draft.difference import Change, Piece, changes, difference
from voice.draft.field import as_text
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
    found: dict[str, list[Change]] = {}
    for change in changes(old, new):
        found.setdefault(subject_of(change.field), []).append(change)
    return tuple(_group(live, subject, mine) for subject, mine in found.items())


def number(found: tuple[Group, ...]) -> int:
    """How many fields differ."""
    return sum(bool(field.label) for group in found for field in group.fields)


def _group(live: Script, subject: str, mine: list[Change]) -> Group:
    if subject not in subjects(live):
        return Group(mine[0].field.file, tuple(_compared(one, None) for one in mine))
    desktop = opened(subject)
    return Group(title(subject), tuple(_compared(one, desktop) for one in mine))


def _compared(change: Change, desktop: Desktop | None) -> Compared:
    field = change.field
    if not field.path:
        return Compared("", "", ())
    old, new = (as_text(field.kind, one) if one else "" for one in (change.old, change.new))
    label = full_label(desktop, field) if desktop else ".".join(field.path)
    return Compared(label, field.locale, difference(old, new))
