"""What the record says of a deed, in its reader's words: on what it was done, and what more."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voice.console.desk import desk, words
from voice.console.drafting import Desktop, live_script, opened
from voice.console.going_live import told_note
from voice.console.layout import full_label, title
from voice.console.names import channel_of, language_in_words, language_of, title_of
from voice.console.proof import UNKNOWN
from voice.console.renamed import both
from voice.draft.fields import NoSuchField, field_of
from voice.draft.subjects import subject_of, subjects
from voice.script import Script
from voice.store.audit import Entry
from voice.store.called import Names, names
from voice.store.staff import ROLES

_RELEASES: Final = (
    "words-live",
    "release-again",
    "release-published",
    "release-first",
    "release-completed",
)
_ROLES: Final = ("role", "roles", "before", "after")
_CHOSEN: Final = ("purpose", "kind", "pace", "expired", "reason", "over")
"""Details whose few values have words of their own, called record.NAME_VALUE."""


@dataclass(frozen=True)
class Naming:
    """Names what deeds were done on, as everything is called now; made once for a whole list."""

    people: Names
    script: Script | None
    desktops: dict[str, Desktop] = field(default_factory=dict)

    def on(self, entry: Entry) -> str:
        """What a deed was done on; what has no name of its own stays as it was recorded."""
        kind, colon, rest = entry.subject.partition(":")
        if entry.deed in _RELEASES:
            return words()("record.release", number=entry.subject)
        if entry.deed == "sheet-brought":
            return words()("nav.subjects")
        if colon and kind == "staff":
            return self.person(rest, entry.id)
        if colon and kind in _KINDS:
            return _KINDS[kind](rest)
        return self._of_words(entry)

    def _of_words(self, entry: Entry) -> str:
        subject, script = entry.subject, self.script
        if script is None or not subject:
            return subject
        if entry.deed.startswith("topic-"):
            return title_of(subject)
        if entry.deed.startswith("recording-"):
            return _sentence(script, subject)
        return title(subject) if subject in subjects(script) else self._field(script, subject)

    def _field(self, script: Script, name: str) -> str:
        try:
            one = field_of(script.files, name)
        except NoSuchField:
            return name
        subject = subject_of(one)
        if subject not in self.desktops:
            self.desktops[subject] = opened(subject)
        return f"{title(subject)}: {full_label(self.desktops[subject], one)}"

    def person(self, number: str, entry: int) -> str:
        """What a person was called when an entry was made, and is now, by their number."""
        if number == UNKNOWN:
            return words()("record.unknown")
        if not number.isdecimal():
            return number
        then = self.people.at(int(number), entry)
        return both(then, self.people.now.get(int(number), "")) or number


_KINDS: Final[Mapping[str, Callable[[str], str]]] = {
    "topic": title_of,
    "locale": language_of,
    "call-back": lambda rest: words()("record.call_back", number=rest),
    "use": lambda _: words()("nav.use"),
}


def naming() -> Naming:
    """Names as they are now."""
    return Naming(names(desk().store), live_script() if desk().live.script else None)


def _sentence(script: Script, subject: str) -> str:
    """A sentence that was read aloud: its language, and the topic it is said in."""
    locale, _, place = subject.partition(" ")
    topic, _, part = place.partition(" ")
    if topic not in script.topics:
        return language_of(locale)
    told = f"{title_of(topic)} ({language_in_words(locale)})"
    return f"{told}, {words()('recordings.of_part', part=part)}" if part.isdigit() else told


# What more there is to say -----------------------------------------------------------------------


def more(entry: Entry) -> str:
    """What more there is to say of a deed, on one line."""
    return "; ".join(f"{_name(name)}: {told}" for name, told in _details(entry.detail))


def _details(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in detail.items():
        yield name, _value(name, value)


def _name(name: str) -> str:
    key = f"record.of_{name.replace(' ', '_').replace('-', '_')}"
    return words()(key) if key in words() else language_in_words(name)


def _value(name: str, value: Any) -> str:
    text = str(value)
    chosen = f"record.{name}_{text.replace('-', '_')}"
    if name in _CHOSEN and chosen in words():
        return words()(chosen)
    if name == "subjects":
        return ", ".join(map(title, text.split()))
    if name == "note":
        return told_note(text)
    if name == "channel":
        return channel_of(text)
    if name == "locale":
        return language_in_words(text)
    named = text.split()
    if name in _ROLES or (named and set(named) <= set(ROLES)):
        return ", ".join(words()(f"roles.{role}") for role in named if role in ROLES)
    return words()("record.release", number=text) if name == "instead of" else text
