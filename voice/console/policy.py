"""The rules: who must sign, what becomes of subjects past their day, and when each is due."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from voice.console.desk import desk, go, now, page, require, say, staff, words
from voice.console.drafting import live_script, me
from voice.console.names import language_in_words, title_of
from voice.console.sheets import shown
from voice.draft.fields import TOPICS
from voice.draft.review import EXPIRED, SIGNERS, TRANSLATOR, Policy, signers_of
from voice.script import Script
from voice.store.choices import choose_policy, read_choices

SOON: Final = timedelta(days=30)
"""How long before its day a topic counts as due."""

Due = Literal["overdue", "due", "fine"]


def add(routes: Blueprint) -> None:
    """Add these pages."""
    routes.add_url_rule("/policy", "policy", policy)
    routes.add_url_rule("/policy/choose", "choose_policy", choose, methods=["POST"])


@dataclass(frozen=True)
class Date:
    """A topic and the day by which it must be read again."""

    subject: str
    title: str
    day: date
    told: str
    state: Due


@dataclass(frozen=True)
class Chosen:
    """What a form says: roles by locale, what expired topics do, and what is wrong by field."""

    roles: Mapping[str, tuple[str, ...]]
    expired: str
    wrong: Mapping[str, str] = field(default_factory=dict)


@require()
def policy() -> ResponseReturnValue:
    """The rules as they are, and every topic's day."""
    kept, locales = read_choices(desk().store).policy, live_script().locales
    roles = {one: kept.signers(one, locales) for one in locales}
    wrong = _no_translator(locales[0]) if kept.unmet(locales) else {}
    return _shown(Chosen(roles, kept.expired, wrong))


@require("manager")
def choose() -> ResponseReturnValue:
    """Keep other rules."""
    chosen = _chosen(live_script().locales)
    if chosen.wrong:
        return _shown(chosen, 422)
    expired = next(one for one in EXPIRED if one == chosen.expired)
    choose_policy(desk().store, Policy(chosen.roles, expired), me(), now())
    say("policy.saved")
    return go(url_for("console.policy"))


def _chosen(locales: tuple[str, ...]) -> Chosen:
    asked = {one: request.form.getlist(f"roles-{one}") for one in locales}
    roles = {one: tuple(role for role in SIGNERS if role in asked[one]) for one in locales}
    expired = request.form.get("expired", "")
    wrong = _no_translator(locales[0]) if TRANSLATOR in roles[locales[0]] else {}
    wrong |= {
        f"roles-{one}": words()("policy.none_signs", language=language_in_words(one))
        for one in locales
        if not roles[one]
    }
    if expired not in EXPIRED:
        wrong["expired"] = words()("policy.wrong")
    return Chosen(roles, expired, wrong)


def _no_translator(first: str) -> dict[str, str]:
    """What is wrong with asking for a translation of the first language."""
    return {f"roles-{first}": words()("policy.no_translator", language=language_in_words(first))}


def _shown(chosen: Chosen, status: int = 200) -> Response:
    script = live_script()
    return page(
        "policy.html",
        status,
        chosen=chosen,
        locales=script.locales,
        language_in_words=language_in_words,
        signers={one: signers_of(one, script.locales) for one in script.locales},
        first=language_in_words(script.locales[0]),
        ways=EXPIRED,
        dates=dates(script),
        may_choose=staff().holds("manager"),
    )


def dates(script: Script) -> tuple[Date, ...]:
    """Every topic's day, the earliest first."""
    today = script.line.hours.day(now())
    return tuple(sorted(_dates(script, today), key=lambda one: one.day))


def _dates(script: Script, today: date) -> Iterator[Date]:
    for topic in script.topics.values():
        day = topic.review_by
        yield Date(f"{TOPICS}{topic.id}", title_of(topic.id), day, shown(day), due(day, today))


def due(day: date, today: date) -> Due:
    """Say whether a topic must be read again."""
    if day < today:
        return "overdue"
    return "due" if day <= today + SOON else "fine"
