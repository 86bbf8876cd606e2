"""Languages left behind: another one changed, live or in work, and they have not changed since.

What stood side by side in the oldest release that is looked at counts as saying the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from voice.console.desk import desk
from voice.console.drafting import Desktop
from voice.draft.field import Field, Value
from voice.draft.fields import Files, fields, read
from voice.draft.subjects import subject_of
from voice.draft.work import Work
from voice.store import live_number, read_release
from voice.store.releases import releases

SAID: Final = ("line", "text", "parts", "texts")
LISTS_OF_WORDS: Final = ("lexicon", "words")
"""What each locale has of its own: another one does not fall behind."""
MOST_RELEASES: Final = 100
"""How many releases are looked at, the newest ones."""

Group = tuple[str, ...]
"""What a field and the same one in other locales have in common."""
Said = Mapping[str, Value]
"""The words of such fields, by locale."""


@dataclass(frozen=True)
class Past:
    """Words as they stand, and which locales have fallen behind.

    `known` tells it of all words there were: what stood together once may stand so again.
    """

    said: Said
    late: frozenset[str]
    known: Mapping[tuple[tuple[str, Value], ...], frozenset[str]]


def behind(desktop: Desktop) -> Mapping[str, tuple[Field, ...]]:
    """A subject's fields in which a locale has fallen behind, by locale."""
    late: dict[str, tuple[Field, ...]] = {}
    for field in all_behind(desktop.live, desktop.work):
        if subject_of(field) == desktop.subject:
            late[field.locale] = (*late.get(field.locale, ()), field)
    return late


def all_behind(live: Files, work: Work) -> Iterator[Field]:
    """Every field that has fallen behind, with the words in work."""
    past = _past(live)
    for group, mine in _groups(live).items():
        drafts = {locale: work.drafts.get(field.id) for locale, field in mine.items()}
        said = {one: draft.value for one, draft in drafts.items() if draft}
        now = _after(past[group], {**past[group].said, **said}) if said else past[group]
        yield from (field for locale, field in mine.items() if locale in now.late)


def locales_behind(live: Files, work: Work) -> Mapping[str, tuple[str, ...]]:
    """The locales that have fallen behind, by subject; subjects without any are left out."""
    late: dict[str, tuple[str, ...]] = {}
    for field in all_behind(live, work):
        mine = late.setdefault(subject_of(field), ())
        late[subject_of(field)] = tuple(dict.fromkeys((*mine, field.locale)))
    return late


def without_writing(work: Work) -> Work:
    """What was sent for review alone: whoever still writes may not have come to it yet."""
    sent = {subject for (subject, _), one in work.reviews.items() if one.state == "sent"}
    drafts = {name: one for name, one in work.drafts.items() if one.subject in sent}
    return replace(work, drafts=drafts)


def _after(past: Past | None, said: Said) -> Past:
    """The words as they stand after a release, or with what is in work."""
    key = tuple(sorted(said.items()))
    if past is None or past.said.keys() != said.keys():
        return Past(said, frozenset(), {key: frozenset()})
    late = past.known[key] if key in past.known else _late(past, said)
    return Past(said, late, {**past.known, key: late})


def _late(past: Past, said: Said) -> frozenset[str]:
    """Who changes leaves the others behind, but for a locale that only catches up."""
    changed = frozenset(one for one in said if said[one] != past.said[one])
    ahead = changed - past.late
    return (frozenset(said) if ahead else past.late) - changed


# What was live -----------------------------------------------------------------------------------

_LAST: list[tuple[object, Mapping[Group, Past]]] = []


def _past(live: Files) -> Mapping[Group, Past]:
    """How the live words came about; the same releases again take no time."""
    newest = live_number(desk().store) or 0
    known = [one for one in releases(desk().store) if one.number < newest][: MOST_RELEASES - 1]
    key = tuple((one.number, one.made_at) for one in known), tuple(live.items())
    last = _LAST[0] if _LAST else None  # another thread may put its own there meanwhile
    if last is None or last[0] != key:
        earlier = (read_release(desk().store, one.number).files for one in reversed(known))
        last = key, _walked((*earlier, live))
        _LAST[:] = [last]
    return last[1]


def _walked(every: tuple[Files, ...]) -> Mapping[Group, Past]:
    past: dict[Group, Past] = {}
    for files in every:
        for name in files:
            for group, said in _said(name, files[name], files["line.toml"]).items():
                before = past.get(group)
                if before is None or before.said != said:
                    past[group] = _after(before, said)
    return past


@lru_cache(maxsize=128)
def _said(name: str, text: str, line: str) -> Mapping[Group, Said]:
    """What a file says, in each locale: most files are the same in many releases."""
    files = {"line.toml": line, name: text}
    said: dict[Group, dict[str, Value]] = {}
    for field in fields(files):
        if field.file == name and _is_said(field):
            said.setdefault(_group(field), {})[field.locale] = read(files, field)
    return said


@lru_cache(maxsize=4)
def _grouped(files: tuple[tuple[str, str], ...]) -> Mapping[Group, Mapping[str, Field]]:
    groups: dict[Group, dict[str, Field]] = {}
    for field in fields(dict(files)):
        if _is_said(field):
            groups.setdefault(_group(field), {})[field.locale] = field
    return groups


def _groups(files: Files) -> Mapping[Group, Mapping[str, Field]]:
    return _grouped(tuple(files.items()))


def _is_said(field: Field) -> bool:
    said = bool(field.locale) and field.kind in SAID
    return said and subject_of(field) not in LISTS_OF_WORDS


def _group(field: Field) -> Group:
    return (field.file, *("" if piece == field.locale else piece for piece in field.path))
