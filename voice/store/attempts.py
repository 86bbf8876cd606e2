"""How often somebody may try to sign in: after some wrong tries, each further one waits longer."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, delete, insert, select, update

from voice.store.audit import note
from voice.store.connection import Store, settled, take_turn_for, writing
from voice.store.console_tables import sign_in_attempt
from voice.store.times import into, out_of

FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=15)
FORGIVEN: Final = timedelta(hours=12)
"""After that long without a wrong try the count begins anew; so it does where the last one lies
further ahead than anybody waits, by a clock that was wrong."""


def attempt(store: Store, free: Mapping[str, int], at: datetime) -> timedelta:
    """How long to wait before trying; nothing: the try may be made, and counts as wrong already.

    `free` says for each key how many wrong tries in a row cost nothing. Counted before the
    password is looked at, so that tries at the same time do not pass together; `succeeded`
    and `take_back` take it back.
    """

    def work() -> timedelta:
        with writing(store) as connection:
            known = {key: _failures(connection, key, at) for key in free}
            waits = (_wait(*known[key], free[key], at) for key in free)
            longest = max(waits, default=timedelta(0))
            if not longest:
                for key, (failures, _) in known.items():
                    _keep(connection, key, failures + 1, at)
            return longest

    return settled(work)


def succeeded(store: Store, account: str, address: str) -> None:
    """The try just counted was right: nothing is held against the account, half elsewhere.

    A right password must not make a whole clinic behind one address wait anew.
    """
    table = sign_in_attempt
    with writing(store) as connection:
        connection.execute(delete(table).where(table.c.key == account))
        less = update(table).where((table.c.key == address) & (table.c.failures > 0))
        connection.execute(less.values(failures=(table.c.failures - 1) // 2))


def take_back(store: Store, keys: Iterable[str], at: datetime) -> None:
    """The try counted at this moment was never looked at: it counts nowhere, nor begins a wait."""
    table = sign_in_attempt
    waited = case((table.c.last_at == into(at), into(at - LONGEST_WAIT)), else_=table.c.last_at)
    mine = update(table).where(table.c.key.in_(list(keys)) & (table.c.failures > 0))
    with writing(store) as connection:
        connection.execute(mine.values(failures=table.c.failures - 1, last_at=waited))


def record_failure(
    store: Store, key: str, by: int | None, deed: str, subject: str, at: datetime
) -> None:
    """Record a wrong try: the first, and then each time their number has doubled.

    So a flood adds a few rows, and the last of them tells how many tries there were. `key` counts
    them, until there was none for as long as is FORGIVEN.
    """

    def work() -> None:
        with writing(store) as connection:
            number = _failures(connection, key, at)[0] + 1
            _keep(connection, key, number, at)
            if number & (number - 1) == 0:
                note(connection, by, deed, subject, {"times": number}, at)

    settled(work)


def _failures(connection: Connection, key: str, at: datetime) -> tuple[int, datetime]:
    query = select(sign_in_attempt).where(sign_in_attempt.c.key == key).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        take_turn_for(connection, key)
        row = connection.execute(query).first()
    if row is None or not -LONGEST_WAIT <= at - out_of(row.last_at) <= FORGIVEN:
        return 0, at
    return row.failures, out_of(row.last_at)


def _wait(failures: int, last: datetime, free: int, at: datetime) -> timedelta:
    if failures < free:
        return timedelta(0)
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failures - free, 10), LONGEST_WAIT)
    return max(last + wait - at, timedelta(0))


def _keep(connection: Connection, key: str, failures: int, at: datetime) -> None:
    values = {"failures": failures, "last_at": into(at)}
    here = update(sign_in_attempt).where(sign_in_attempt.c.key == key)
    if connection.execute(here.values(values)).rowcount == 0:
        connection.execute(insert(sign_in_attempt).values(key=key, **values))
