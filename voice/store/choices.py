"""What the manager chose: who has to sign which words, and what is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from voice.draft.review import EXPIRED, SIGNERS, Person, Policy
from voice.script import Script
from voice.store.audit import note
from voice.store.connection import Lock, Store, reading, take_turns, writing
from voice.store.draft_tables import choice
from voice.store.times import into
from voice.switches import Off, expired

_POLICY, _OFF = "policy", "off"


@dataclass(frozen=True)
class Choices:
    """Everything the manager chose; what nobody chose is as usual."""

    policy: Policy
    off: Off

    def off_on(self, script: Script, today: date) -> Off:
        """What is off on a day: what was switched off, and topics that expired if so chosen."""
        if self.policy.expired == "stay":
            return self.off
        return replace(self.off, topics=self.off.topics | expired(script, today))


def read_choices(store: Store) -> Choices:
    """What is chosen now."""
    with reading(store) as connection:
        return choices_in(connection)


def choices_in(connection: Connection) -> Choices:
    """What is chosen now, in a transaction of the caller's."""
    rows = connection.execute(select(choice.c.name, choice.c.value))
    kept: dict[str, Any] = {row.name: row.value for row in rows}
    return Choices(_policy(kept.get(_POLICY, {})), _off(kept.get(_OFF, {})))


def choose_policy(store: Store, policy: Policy, by: Person, at: datetime) -> None:
    """Say who must sign from now on, and what becomes of expired topics.

    ValueError for a role nobody signs in, or for something else to become of them.
    """
    named = {role for roles in policy.roles.values() for role in roles}
    if named - set(SIGNERS) or policy.expired not in EXPIRED:
        raise ValueError("a policy has roles that sign, and topics stay or fall back")
    roles = {locale: list(roles) for locale, roles in policy.roles.items()}
    with writing(store) as connection:
        _write(connection, _POLICY, {"roles": roles, "expired": policy.expired}, by, at)
        told = {locale: " ".join(each) for locale, each in roles.items()}
        note(connection, by.id, "policy-chosen", "", {**told, "expired": policy.expired}, at)


def switch_topic(store: Store, topic: str, off: bool, by: Person, at: datetime) -> None:
    """Take a topic off the line at once, or put it on again; recorded where that changes it."""
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        before = choices_in(connection).off
        topics = before.topics | {topic} if off else before.topics - {topic}
        if topics != before.topics:
            _switch(connection, replace(before, topics=topics), by, at)
            note(connection, by.id, _deed("topic", off), topic, {}, at)


def switch_line(store: Store, off: bool, by: Person, at: datetime) -> None:
    """Take the whole line off at once, or put it on again; recorded where that changes it."""
    with writing(store) as connection:
        take_turns(connection, Lock.DRAFT)
        before = choices_in(connection).off
        if off != before.line:
            _switch(connection, replace(before, line=off), by, at)
            note(connection, by.id, _deed("line", off), "", {}, at)


def _deed(what: str, off: bool) -> str:
    return f"{what}-switched-{'off' if off else 'on'}"


def _switch(connection: Connection, off: Off, by: Person, at: datetime) -> None:
    value = {"topics": sorted(off.topics), "line": off.line}
    _write(connection, _OFF, value, by, at)


def _write(
    connection: Connection, name: str, value: Mapping[str, Any], by: Person, at: datetime
) -> None:
    row = {"value": value, "staff": by.id, "at": into(at)}
    if connection.execute(update(choice).filter_by(name=name).values(row)).rowcount == 0:
        connection.execute(insert(choice).values(name=name, **row))


def _policy(kept: Mapping[str, Any]) -> Policy:
    roles = {locale: tuple(each) for locale, each in kept.get("roles", {}).items()}
    return Policy(roles, kept.get("expired", "stay"))


def _off(kept: Mapping[str, Any]) -> Off:
    return Off(frozenset(kept.get("topics", ())), bool(kept.get("line")))
