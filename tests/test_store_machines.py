"""Two machines and one database: what is counted is counted once, and limits hold for both."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.stored import KEYS, NOW, apart, rows
from voice.store import (
    Caps,
    Contact,
    Guard,
    Store,
    Tally,
    Trace,
    Use,
    answer_once,
    claim,
    open_store,
)
from voice.store.tables import contact, usage
from voice.store.traces import write_traces

ROUNDS, KINDS, MOST = 12, 20, 7
HEARD = [Use(date(2026, 11, 20), "call", "en-US", f"topic{n}", "heard") for n in range(KINDS)]
HERE = Trace(KEYS, False, "es-US", "slow", "topic.risks.2", NOW, "CA1")


def work(address: str, name: str, go: Any, told: Any) -> None:
    """One machine: it counts calls, and one person writes to it and asks it to be rung."""
    store = open_store(address, wait_ms=20_000)
    tally, answers, calls = Tally(store, every=0.01), 0, 0
    backwards = name == "two"
    go.wait(60)
    for n in range(ROUNDS):
        for use in reversed(HEARD) if backwards else HEARD:
            tally.count(use)
        tally.write()
        answers += answered(store, f"SM-{name}-{n}") == "a reply"
        calls += claim(store, f"{name}-{n}", "call", KEYS, False, NOW, Caps(MOST, 1000)).new
        write_traces(store, [HERE])
    tally.close()
    store.close()
    told.put((answers, calls))


def answered(store: Store, sid: str) -> str:
    def stay(known: Contact) -> tuple[Contact, str]:
        return replace(known, place="menu.2"), "a reply"

    return answer_once(store, sid, KEYS, False, NOW, stay, Guard("silence", most=MOST))


def test_two_machines_count_everything_once_and_share_the_limits_of_a_number(
    store: Store, database: str
) -> None:
    start = apart()
    go, told = start.Barrier(2), start.Queue()
    each = [start.Process(target=work, args=(database, name, go, told)) for name in ("one", "two")]
    for process in each:
        process.start()
    answers, calls = map(sum, zip(*[told.get(timeout=60) for _ in each], strict=True))
    for process in each:
        process.join(60)
    assert (answers, calls) == (MOST, MOST)
    assert [row["count"] for row in rows(store, usage)] == [2 * ROUNDS] * KINDS
    assert [row["call_place"] for row in rows(store, contact)] == ["topic.risks.2"]
