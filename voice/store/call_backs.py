"""Call-backs: sealed numbers for staff to ring; one per call, deleted when that is done."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Delete, RowMapping, Update, delete, select, update

from voice.store.audit import note
from voice.store.connection import Store, adding, reading, writing
from voice.store.contacts import Keys, key_in_use
from voice.store.tables import call_back
from voice.store.times import into, out_of

CallBackState = Literal["asking", "waiting", "tried", "done", "wrong"]
"""asking: the caller has not finished; waiting: for staff; tried: staff got nobody yet; done,
wrong (number): over, the row goes."""

Finished = Literal["tried", "done", "wrong"]
"""How ringing went."""

_OPEN = ("waiting", "tried")


@dataclass(frozen=True)
class CallBack:
    """A wish to be called back. `call` is the call's SID, `contact` the caller's key or "";
    `sealed` the number to ring; `topic` what was heard last, "" for none; `best_time` is
    morning, afternoon or any, "" before it was asked for."""

    id: int
    call: str
    contact: str
    practice: bool
    sealed: str
    locale: str
    topic: str
    best_time: str
    state: CallBackState
    asked_at: datetime
    changed_at: datetime


def keep_number(
    store: Store,
    call: str,
    keys: Keys,
    practice: bool,
    sealed: str,
    locale: str,
    topic: str,
    at: datetime,
) -> None:
    """Keep the number that a caller wants to be called back on; a later one replaces it.

    Staff see it once ask_call_back was said. What staff have begun to ring stays as it is.
    """
    kept = {"sealed": sealed, "locale": locale, "topic": topic, "changed_at": into(at)}
    row = {"call": call, "contact": key_in_use(keys), "practice": practice, "best_time": ""}
    row |= {"state": "asking", "asked_at": into(at)}
    with writing(store) as connection:
        add = adding(connection, call_back).values(row | kept)
        unrung = call_back.c.state.in_(("asking", "waiting"))
        connection.execute(
            add.on_conflict_do_update(index_elements=["call"], set_=kept, where=unrung)
        )


def ask_call_back(store: Store, call: str, best_time: str, at: datetime) -> bool:
    """Show a call's call-back to staff; True only the first time, so that they are told once.

    Said again it only corrects the best time. False too where no number was kept.
    """
    mine = update(call_back).where(call_back.c.call == call)
    asked = {"best_time": best_time, "changed_at": into(at)}
    begun = mine.where(call_back.c.state == "asking")
    begun = begun.values(asked | {"state": "waiting", "asked_at": into(at)})
    again = mine.where(call_back.c.state == "waiting").values(asked)
    with writing(store) as connection:
        if connection.execute(begun).rowcount:
            return True
        connection.execute(again)
        return False


def read_call_back(store: Store, call: str) -> CallBack | None:
    """The call-back of this call, in whatever state, if there is one."""
    return next(iter(_read(store, call_back.c.call == call)), None)


def waiting_call_backs(store: Store, practice: bool = False) -> tuple[CallBack, ...]:
    """What staff still have to ring, longest waiting first; practice ones only when asked for."""
    open_ones = call_back.c.state.in_(_OPEN) & (call_back.c.practice == practice)
    return _read(store, open_ones)


def finish_call_back(store: Store, id: int, state: Finished, by: int | None, at: datetime) -> bool:
    """Say how ringing went; "done" and "wrong" delete it, number and all. False if it is gone.

    The record tells of it in the same transaction: `by` is an account's id, None at the machine.
    """
    mine = (call_back.c.id == id) & call_back.c.state.in_(_OPEN)
    query: Update | Delete = delete(call_back).where(mine)
    if state == "tried":
        query = update(call_back).where(mine).values(state=state, changed_at=into(at))
    with writing(store) as connection:
        if not connection.execute(query).rowcount:
            return False
        note(connection, by, f"call-back-{state}", f"call-back:{id}", {}, at)
        return True


def _read(store: Store, which: ColumnElement[bool]) -> tuple[CallBack, ...]:
    query = select(call_back).where(which).order_by(call_back.c.asked_at, call_back.c.id)
    with reading(store) as connection:
        return tuple(map(_call_back, connection.execute(query).mappings()))


def _call_back(row: RowMapping) -> CallBack:
    known = CallBack(**row)
    return replace(known, asked_at=out_of(known.asked_at), changed_at=out_of(known.changed_at))
