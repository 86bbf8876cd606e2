"""The facts a topic cites: what each says, where it comes from, and what its caution speaks of."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from voice.check.facts import Fact, read_facts
from voice.console.drafting import Desktop
from voice.draft.subjects import topic_of
from voice.script import Script

_ID: Final = re.compile(r"\b(?:[FXC]-\d+|S\d+)\b")
_TOLD: Final = {
    "fact": "statement", "external": "fact", "conflict": "principle", "source": "title",
}  # fmt: skip
"""What each kind of row of sources.toml says."""


@dataclass(frozen=True)
class Cited:
    """A fact, with the pages it comes from; `fact` is None where there is none of this id.

    `mentioned` are the ids its caution speaks of, each with what it says.
    """

    id: str
    fact: Fact | None
    sources: tuple[tuple[str, str], ...]
    mentioned: tuple[tuple[str, str], ...]


def cited_in(desktop: Desktop, script: Script | None) -> tuple[str, ...]:
    """The ids a topic cites; where its words cannot be read, those its page shows."""
    topic = topic_of(script, desktop.subject) if script else None
    if topic is not None:
        return topic.facts
    place = desktop.places.get(f"{desktop.subject}.toml:facts")
    return tuple(place.value) if place else ()


def cited(sources: Mapping[str, Any], names: Iterable[str]) -> Iterator[Cited]:
    """Each of these facts, by what sources.toml says of them."""
    known = {fact.id: fact for fact in read_facts(sources)}
    rows = {row["id"]: row for kind in ("fact", "external") for row in sources.get(kind, ())}
    told = {
        row["id"]: str(row[key]) for kind, key in _TOLD.items() for row in sources.get(kind, ())
    }
    for name in names:
        fact = known.get(name)
        mentioned = dict.fromkeys(_ID.findall(fact.caution)) if fact else {}
        others = tuple((one, told[one]) for one in mentioned if one in told)
        yield Cited(name, fact, tuple(_pages(rows.get(name, {}), sources)), others)


def _pages(row: Mapping[str, Any], sources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each page a fact comes from: its title, and its address where that is known."""
    if "source_title" in row:
        yield str(row["source_title"]), str(row.get("url", ""))
    pages = {page["id"]: page for page in sources.get("source", ())}
    for name in row.get("sources", ()):
        page = pages.get(name, {})
        yield str(page.get("title", name)), str(page.get("url", ""))
