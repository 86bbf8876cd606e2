"""The record of who did what, to read, to narrow down, and to take away as CSV."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from voice.console.deeds import more, naming
from voice.console.desk import desk, page, require, times, words
from voice.console.forms import a_date
from voice.console.renamed import both
from voice.console.sheets import as_csv
from voice.store.audit import ITSELF, STRANGERS, Entry, Wanted, deeds, entries
from voice.store.staff import everyone

_A_PAGE: Final = 100
_A_FILE: Final = 50_000
OTHERS: Final = ("machine", "line", "stranger")
"""Who is asked for besides people."""


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/audit", "audit", audit)
    routes.add_url_rule("/audit/download", "audit_download", download)


@dataclass(frozen=True)
class Filter:
    """What the page was asked for, as it was typed, and what is wrong with it by field."""

    person: str
    deed: str
    since: str
    until: str
    wanted: Wanted
    wrong: dict[str, str]

    @property
    def asked(self) -> dict[str, str]:
        """The fields that are filled in, for an address."""
        fields = {"person": self.person, "deed": self.deed}
        fields |= {"since": self.since, "until": self.until}
        return {name: text for name, text in fields.items() if text}


@require("manager")
def audit() -> ResponseReturnValue:
    """The newest deeds that are wanted."""
    chosen = _filter()
    found = () if chosen.wrong else entries(desk().store, chosen.wanted, _A_PAGE + 1)
    return page(
        "audit.html",
        422 if chosen.wrong else 200,
        filter=chosen,
        entries=found[:_A_PAGE],
        more=found[_A_PAGE - 1].id if len(found) > _A_PAGE else None,
        people=everyone(desk().store),
        deeds=deeds(desk().store),
        others=OTHERS,
        who=who,
        what=what,
        about=naming().on,
        told=more,
    )


@require("manager")
def download() -> ResponseReturnValue:
    """The deeds that are wanted, as a table for a spreadsheet."""
    chosen = _filter()
    if chosen.wrong:
        return audit()
    found = entries(desk().store, replace(chosen.wanted, before=None), _A_FILE)
    about = naming().on
    return as_csv("record", (_head(), *(_row(entry, about(entry)) for entry in found)))


def who(entry: Entry) -> str:
    """Who did it: a person, as called then; somebody at the machine, or nobody knows; the line."""
    if entry.name:
        return both(entry.name, entry.now)
    if entry.deed in STRANGERS:
        return words()("audit.stranger")
    return words()("audit.line" if entry.deed in ITSELF else "audit.machine")


def what(deed: str) -> str:
    """What a deed is called."""
    key = f"deeds.{deed}"
    return words()(key) if key in words() else deed


def _filter() -> Filter:
    asked = {name: request.args.get(name, "").strip() for name in ("person", "deed")}
    typed = {name: request.args.get(name, "").strip() for name in ("since", "until")}
    wrong: dict[str, str] = {}
    days: dict[str, Any] = {}
    for name, text in typed.items():
        try:
            days[name] = a_date(text)
            if days[name]:
                days[name] = times().begins(days[name], days_later=int(name == "until"))
        except (ValueError, OverflowError):
            wrong[name] = words()("errors.date")
    if not wrong and days["since"] and days["until"] and days["since"] >= days["until"]:
        wrong["since"] = words()("errors.dates")
    wanted = Wanted() if wrong else _wanted(asked, days)
    return Filter(**asked, **typed, wanted=wanted, wrong=wrong)


def _wanted(asked: dict[str, str], days: dict[str, Any]) -> Wanted:
    before = request.args.get("before", "")
    person = asked["person"]
    return Wanted(
        staff=_number(person),
        by_machine=person == "machine",
        by_line=person == "line",
        by_strangers=person == "stranger",
        deed=asked["deed"],
        since=days["since"],
        until=days["until"],
        before=_number(before),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _head() -> Iterator[str]:
    told = ("at", "who", "what", "subject", "detail")
    ids = ("who_id", "what_id", "subject_id", "detail_id")
    return (words()(f"audit.{name}") for name in (*told, *ids))


def _row(entry: Entry, subject: str) -> tuple[str, ...]:
    """A deed as the page tells it, and beside it as it was recorded."""
    at = times().local(entry.at).isoformat(sep=" ", timespec="seconds")
    told = (at, who(entry), what(entry.deed), subject, more(entry))
    detail = ", ".join(f"{name}: {value}" for name, value in entry.detail.items())
    return (*told, str(entry.staff or ""), entry.deed, entry.subject, detail)
