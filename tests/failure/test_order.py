"""Webhooks that come twice, at once, late, or before those that were sent earlier.

Each is answered with what follows from its own address, whatever came before; what it asks for is
done once.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Final

from sqlalchemy import select

from tests.failure.crowd import ASKED as GRANTED
from tests.failure.crowd import STOP, STOPPED, TOLD, TOPIC, Crowd, caller
from tests.failure.machine import machine
from tests.failure.test_killed import crowd_at, prepared
from tests.failure.test_twilio_away import ASKED as ASKED_FOR_TEXT
from tests.failure.test_twilio_away import PARTS, SECRET
from tests.twilio_fake import ACCOUNT, Fake, fake_twilio
from voice import dialog
from voice.dialog import Event, State
from voice.dialog.state import TEXT_OUTCOMES
from voice.release import address
from voice.store import Store, open_store
from voice.store.connection import reading
from voice.store.tables import call_back, consent, delivery, turn

CALLS: Final = 6
AT_ONCE: Final = 3
"""How often each request comes; so many errands a worker lets wait for Twilio."""
NUMBER_ASKED: Final = State("callback", "fr-FR", "normal")
KEYS: Final = ("1", "4", "", "0", "7", "0", "6")


@dataclass(frozen=True)
class Webhook:
    """One request of Twilio's."""

    path: str
    fields: tuple[tuple[str, str], ...]


def webhook(path: str, **fields: str) -> Webhook:
    return Webhook(path, tuple(fields.items()))


def steps(crowd: Crowd, sid: str) -> dict[Webhook, bytes]:
    """The requests of a whole call, each with its answer."""
    script = crowd.release.script
    state, path = dialog.start(script), "/voice"
    found = {webhook(path, CallSid=sid, From="anonymous"): crowd.release.answer(state)}
    for key in KEYS:
        event = Event("key", key) if key else Event("silence")
        path, state = address(1, state), dialog.following(script, state, event)
        given = {"Digits": key} if key else {}
        found[webhook(path, CallSid=sid, From="anonymous", **given)] = crowd.release.answer(state)
    return found


def known_of(number: int) -> dict[str, str]:
    """A call of somebody with one of the American numbers kept for fiction."""
    return {"CallSid": f"CAdeed{number}", "From": f"+12125550{100 + number}"}


def deeds(number: int) -> list[Webhook]:
    """Requests that ask for something: a text, a call-back, an end to texts, an answer."""
    known = known_of(number)
    time = address(1, State("callback-time", "fr-FR", "normal"))
    other, another = {"From": caller(number)}, {"From": caller(1000 + number)}
    return [
        webhook(address(1, ASKED_FOR_TEXT), Digits="1", **known),
        webhook(time, Digits="3", **known),
        webhook("/sms", MessageSid=f"SMstop{number}", Body=STOP, **other),
        webhook("/sms", MessageSid=f"SMtopic{number}", Body=TOPIC, **another),
        *(
            webhook("/sms/status", MessageSid=f"SMsent{number}", MessageStatus=status)
            for status in ("delivered", "sent", "queued")
        ),
    ]


def several(crowd: Crowd, wanted: list[Webhook]) -> dict[Webhook, list[bytes]]:
    """Send each several times at the same moment, one after another in no order; the answers."""
    shuffled = random.Random(5).sample(wanted, len(wanted))
    answers: dict[Webhook, list[bytes]] = {}
    with ThreadPoolExecutor(AT_ONCE) as telephones:
        for one in shuffled:
            came = telephones.map(crowd.ask, repeat(one.path, AT_ONCE), repeat(dict(one.fields)))
            answers[one] = [body for body in came if body is not None]
    return answers


def counted(store: Store) -> dict[str, Counter[str]]:
    """How often what was asked for was done, by whom or what it was asked for."""
    with reading(store) as connection:
        rows = {
            "call-backs": connection.execute(select(call_back.c.call, call_back.c.state)).all(),
            "stops": connection.execute(
                select(consent.c.contact).where(consent.c.kind == "stop")
            ).all(),
            "texts": connection.execute(select(turn.c.message_sid)).all(),
            "news": connection.execute(select(delivery.c.sid, delivery.c.status)).all(),
        }
    return {name: Counter(":".join(row) for row in found) for name, found in rows.items()}


def test_what_comes_twice_late_or_too_early_is_answered_for_itself_and_done_once(
    tmp_path: Path,
) -> None:
    store_at = f"sqlite:///{tmp_path}/instance/line.db"
    prepared(store_at)
    with fake_twilio() as fake, machine(
        tmp_path, WORKERS="2", TWILIO_IS_AT=fake.url,
        TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_API_KEY="SK1", TWILIO_API_SECRET=SECRET,
    ) as line:  # fmt: skip
        crowd = crowd_at(line)
        expected = {
            one: body
            for number in range(CALLS)
            for one, body in steps(crowd, f"CAcall{number}").items()
        }
        answers = several(crowd, list(expected))
        assert all(set(answers[one]) == {body} for one, body in expected.items())
        for number in range(CALLS):
            path, fields = address(1, NUMBER_ASKED), known_of(number)
            assert b"/callback-time/" in (crowd.ask(path, fields | {"Digits": "1"}) or b"")
        answers = several(crowd, [one for number in range(CALLS) for one in deeds(number)])
        line.stop()
    assert crowd.lost == 0
    well_answered(crowd, answers)
    with closing(open_store(store_at)) as store:
        done_once(counted(store), fake)


def well_answered(crowd: Crowd, answers: dict[Webhook, list[bytes]]) -> None:
    """Each of several alike heard what is true of it; whoever came second, too."""
    release = crowd.release
    after = [State("after.lavage", "fr-FR", "normal", notice=told) for told in TEXT_OUTCOMES]
    told = {release.answer(state) for state in after}
    for one, came in answers.items():
        assert len(came) == AT_ONCE
        if one.path == address(1, ASKED_FOR_TEXT):
            assert set(came) <= told
        elif one.path == "/sms/status":
            assert set(came) == {b""}
        elif one.path == "/sms":
            assert len(set(came)) == 1
            assert TOLD in came[0] or STOPPED in came[0]
        else:
            assert all(GRANTED in body for body in came)


def done_once(found: dict[str, Counter[str]], fake: Fake) -> None:
    """Everything that was asked for was done, and nothing twice."""
    sent = Counter(seen.form["To"][0] for seen in fake.seen)
    assert sent == {known_of(number)["From"]: PARTS for number in range(CALLS)}
    assert found["call-backs"] == {f"CAdeed{number}:waiting": 1 for number in range(CALLS)}
    assert list(found["stops"].values()) == [1] * CALLS
    kinds = ("SMstop", "SMtopic")
    assert found["texts"] == {f"{kind}{number}": 1 for kind in kinds for number in range(CALLS)}
    news = ("delivered", "sent", "queued")
    assert found["news"] == {f"SMsent{n}:{status}": 1 for n in range(CALLS) for status in news}
