"""What became of calls and messages, as Twilio's status callbacks say, and what failed and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    Column,
    Select,
    bindparam,
    case,
    distinct,
    func,
    select,
    union_all,
    update,
)

from voice.store import tables
from voice.store.connection import Store, adding_to, reading
from voice.store.prepared import Prepared
from voice.store.straight import Straight, together
from voice.store.tables import delivery, outbound
from voice.store.times import into, out_of

_MOST_STATUS: Final = 32
_MOST_CODE: Final = 16
"""Characters the columns have room for."""

FAILED: Final = ("busy", "no-answer", "failed", "undelivered")

_STEPS = (
    ("accepted", "scheduled", "queued"),
    ("initiated", "sending"),
    ("ringing", "sent"),
    ("answered", "in-progress", "delivered"),
    ("completed", "read"),
    ("canceled", *FAILED),
)
_RANK: Mapping[str, int] = {name: rank for rank, names in enumerate(_STEPS, 1) for name in names}


@dataclass(frozen=True)
class Failure:
    """Calls or messages (`channel`) that failed for one reason, the last at `newest`.

    `code` is Twilio's error code; where it gave none, its word for what happened.
    """

    channel: str
    code: str
    count: int
    newest: datetime


def record_delivery(
    store: Store,
    kind: Literal["call", "message"],
    sid: str,
    status: str,
    error_code: str,
    at: datetime,
    turn: str = "",
    claim: str = "",
) -> bool:
    """Keep a status callback; False if this one is known already.

    `turn` is the message that was answered with this one, `claim` the id under which it was
    claimed, where there is one. Callbacks come in any order: there the furthest status stands,
    and a failure over all, so that of an answer in two messages the worse is seen.
    """
    status, error_code = status[:_MOST_STATUS], error_code[:_MOST_CODE]
    row = {"sid": sid, "status": status, "kind": kind, "error_code": error_code, "at": into(at)}

    def work(connection: Straight) -> bool:
        if _ADDED.first(connection, row) is None:
            return False
        _move(connection, _TURN, turn, status, error_code)
        _move(connection, _CLAIM, claim, status, error_code)
        return True

    return together(store, work, lasting=True)


def failures(store: Store, since: datetime) -> tuple[Failure, ...]:
    """What failed since then, by channel and reason, the commonest first; no practice.

    Each call or message counts once. So do those that Twilio refused, and those that it may have
    taken without ever saying so.
    """
    # In a subquery, so that PostgreSQL groups by what it shows.
    failed = union_all(_delivered_to_nobody(since), _never_taken(since)).subquery()
    often = func.count(distinct(failed.c.id)).label("count")
    group = (failed.c.channel, failed.c.code)
    query = select(*group, often, func.max(failed.c.at).label("newest")).group_by(*group)
    with reading(store) as connection:
        rows = connection.execute(query.order_by(often.desc(), *group)).mappings().all()
    return tuple(Failure(**{**row, "newest": out_of(row["newest"])}) for row in rows)


def _delivered_to_nobody(since: datetime) -> Select[Any]:
    code = case((delivery.c.error_code != "", delivery.c.error_code), else_=delivery.c.status)
    return select(
        delivery.c.kind.label("channel"),
        code.label("code"),
        delivery.c.sid.label("id"),
        delivery.c.at.label("at"),
    ).where(delivery.c.at >= into(since), delivery.c.status.in_(FAILED))


def _never_taken(since: datetime) -> Select[Any]:
    code = case((outbound.c.error_code != "", outbound.c.error_code), else_=outbound.c.outcome)
    channel = case((outbound.c.kind == "call", "call"), else_="message")
    return select(
        channel.label("channel"),
        code.label("code"),
        outbound.c.id.label("id"),
        outbound.c.claimed_at.label("at"),
    ).where(
        outbound.c.claimed_at >= into(since),
        outbound.c.outcome.in_(("failed", "unknown")),
        outbound.c.status == "",
        ~outbound.c.practice,
    )


def _move(connection: Straight, place: "_Place", name: str, status: str, error_code: str) -> None:
    """Put a status where this row has none or one that comes before it."""
    now = place.asked.first(connection, {"name": name}) if name else None
    if now is not None and _rank(status) > _rank(now):
        values = {"name": name, "its_status": status, "its_error_code": error_code}
        place.moved.run(connection, values)


def _rank(status: str) -> int:
    """How far along a status is; one that Twilio is not known to send comes first of all."""
    return _RANK.get(status, 0 if status else -1)


# Statements --------------------------------------------------------------------------------------

_NAMES: Final = tuple(column.name for column in delivery.columns)


def _adding(dialect: str) -> Any:
    add = adding_to(dialect, delivery).values({name: bindparam(name) for name in _NAMES})
    return add.on_conflict_do_nothing().returning(delivery.c.sid)


_ADDED: Final = Prepared(_adding)


@dataclass(frozen=True)
class _Place:
    """Where a status stands beside what it is of: how it is asked, locked, and how it is moved."""

    asked: Prepared
    moved: Prepared


def _by(column: Column[str]) -> _Place:
    """The place in the row that this column names."""
    table, mine = column.table, column == bindparam("name")
    asked = select(table.c.status).where(mine).with_for_update()
    moved = (
        update(table)
        .where(mine)
        .values(status=bindparam("its_status"), error_code=bindparam("its_error_code"))
    )
    return _Place(Prepared(lambda _: asked), Prepared(lambda _: moved))


_TURN: Final = _by(tables.turn.c.message_sid)
_CLAIM: Final = _by(outbound.c.id)
