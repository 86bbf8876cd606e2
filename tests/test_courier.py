"""Errands: each leaves once, only where it may; whatever breaks, the patient hears the truth."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from sqlalchemy import select

from tests import databases
from tests import twilio_fake as twilio
from tests.conftest import ROOT
from tests.prism import prism
from tests.small import small
from tests.stored import opt_in
from tests.twilio_fake import Answer, Fake, Seen, error, fake_twilio
from tests.twilio_openapi import DOCUMENT, description, violations
from voice import dialog, thread
from voice.courier import Courier, Errand, Person, account_of, lacking, opener, sound_lost
from voice.courier.courier import TEXT_CAPS
from voice.courier.runner import LAST_START, LONGEST, LOOK_EVERY
from voice.dialog import Caller, Event, State
from voice.outbound import Client, Refused, open_client
from voice.outbound.client import PATIENCE, TIMEOUT
from voice.outbound.permission import MMS_BYTES, WHATSAPP_BYTES
from voice.release import Release, build, ready
from voice.script import Script
from voice.settings import Settings, read
from voice.store import (
    Keys,
    Store,
    claim,
    contact_keys,
    open_store,
    opt_out,
    read_contact,
    settle,
)
from voice.store.connection import reading
from voice.store.tables import consent, outbound
from voice.thread import Contact, Message
from voice.understand import Meaning

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 12:00 in New York
NIGHT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 23:00 there
PATIENT = Person("+12125550199")
PUPIL = Person("+12125550199", practice=True)
WHATSAPP = Person("whatsapp:+12125550199")
LONDON = Person("+442071838750")
URL = "https://line.example"
LINE = "+12125550150"
WISH = "To get this as a text, press 1."
GIVEN = {
    "PUBLIC_URL": URL,
    "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
    "TWILIO_AUTH_TOKEN": twilio.TOKEN,
}
BODIES = ("Sample Clinic: the risks.", "Sample Clinic: reply STOP to end.")


@dataclass
class Desk:
    """A courier on a fake Twilio and a store of its own. Its clock stands still."""

    fake: Fake
    settings: Settings
    store: Store
    release: Release
    now: datetime = NOON
    ticks: Iterator[float] = field(default_factory=lambda: iter([0.0] * 1000))
    waited: float = 0.0
    meanwhile: Callable[[], None] = lambda: None
    """What happens each time somebody waits for what another request is at."""
    client: Client | None = None
    errands: list[Errand] = field(default_factory=list)

    @property
    def courier(self) -> Courier:
        return Courier(
            self.settings,
            self.store,
            lambda: self.now,
            lambda: self.client,
            lambda: next(self.ticks) + self.waited,
            pause=self.wait,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass without sleeping."""
        self.waited += seconds
        self.meanwhile()

    def allow(self, **environ: str) -> None:
        """Go on with other settings."""
        self.settings = settings_in(self.settings.instance, **environ)

    def text_me(
        self, id: str = "CA1:risks", person: Person = PATIENT, bodies: Sequence[str] = BODIES[:1]
    ) -> str:
        return self.courier.text_me(id, person, bodies, self.release, WISH, self.errands)

    def call_me(self, id: str = "SM1", person: Person = PATIENT) -> str:
        return self.courier.call_me(
            id, person, self.release, "cast", "es-US", "slow", "call me", self.errands
        )

    def mend(self, turn: str = "SM1", person: Person = PATIENT, ours: str = LINE) -> str:
        return self.courier.mend_sound(turn, person, ours, "Listen: https://x", self.errands)

    def keys(self, person: Person = PATIENT) -> Keys:
        return contact_keys(self.settings.contact_keys, person.address, person.practice)

    def kept(self) -> list[tuple[str, str, str, str]]:
        """Every claim: its kind, outcome, sid and error code."""
        columns = (outbound.c.kind, outbound.c.outcome, outbound.c.sid, outbound.c.error_code)
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(select(*columns))]

    def consents(self) -> list[tuple[str, str, str, bool]]:
        columns = (consent.c.kind, consent.c.channel, consent.c.wording, consent.c.practice)
        with reading(self.store) as connection:
            return [tuple(row) for row in connection.execute(select(*columns))]


def settings_in(folder: Path, **environ: str) -> Settings:
    return read({"INSTANCE": str(folder), **GIVEN, **environ}, root=ROOT)


@pytest.fixture(scope="module")
def release(script: Script) -> Release:
    return ready(build(small(script)), 7, URL, lambda _: None)


@pytest.fixture
def desk(tmp_path: Path, release: Release) -> Iterator[Desk]:
    """At the end all that Twilio was asked must fit its own description."""
    settings = settings_in(tmp_path)
    databases.laid_out(settings.instance)
    with fake_twilio() as fake, closing(open_store(settings.database_url)) as store:
        account = account_of(settings)
        assert account is not None
        with closing(open_client(replace(account, base_url=fake.url), lambda _: None)) as client:
            yield Desk(fake, settings, store, release, client=client)
        document = description()
        assert [wrong for seen in fake.seen for wrong in violations(document, seen)] == []


# Texts -------------------------------------------------------------------------------------------


def test_a_text_asked_for_in_a_call_leaves_once_with_consent_kept(desk: Desk) -> None:
    assert desk.text_me() == "sent"

    assert [seen.form for seen in desk.fake.seen] == [
        {
            "To": [PATIENT.address],
            "From": [LINE],
            "Body": [BODIES[0]],
            "ValidityPeriod": ["3600"],
            "StatusCallback": [f"{URL}/sms/status?claim=CA1%3Arisks"],
        }
    ]
    assert desk.kept() == [("text", "sent", "SM" + "0" * 31 + "1", "")]
    assert desk.consents() == [("text", "call", WISH, False)]
    assert desk.errands == []


def test_asked_again_it_is_told_the_same_and_nothing_leaves_again(desk: Desk) -> None:
    assert [desk.text_me(), desk.text_me()] == ["sent", "sent"]
    assert len(desk.fake.seen) == 1
    assert desk.text_me("CA1:benefits") == "sent"
    assert len(desk.fake.seen) == 2


@pytest.mark.parametrize("asked", ["text_me", "call_me"])
def test_many_at_once_send_once_and_all_are_told_what_became_of_it(desk: Desk, asked: str) -> None:
    """Each is a worker of its own; Twilio answers when all the others wait."""
    many, waiting = 6, threading.Semaphore(0)
    ever = Fake.answer

    def answer(seen: Seen) -> Answer:
        assert all(waiting.acquire(timeout=10) for _ in range(many - 1))
        return ever(desk.fake, seen)

    def ask(one: Desk) -> str:
        told: str = getattr(one, asked)()
        return told

    def worker() -> Desk:
        first = iter([waiting.release])
        # Nobody has waited too long before all wait.
        return replace(desk, meanwhile=lambda: next(first, lambda: time.sleep(0.01))(), waited=-1e6)

    desk.fake.answer = answer  # type: ignore[method-assign]
    with ThreadPoolExecutor(many) as workers:
        told = list(workers.map(ask, [worker() for _ in range(many)]))

    assert len(set(told)) == 1
    assert told[0] in ("sent", "calling")
    assert len(desk.fake.seen) == 1


def test_texts_follow_in_their_order(desk: Desk) -> None:
    assert desk.text_me(bodies=BODIES) == "sent"

    assert [seen.form["Body"][0] for seen in desk.fake.seen] == list(BODIES)


def test_none_follows_a_text_that_failed(desk: Desk) -> None:
    desk.fake.next_answers.append(error(400, 21211))

    assert desk.text_me(bodies=BODIES) == "failed"
    assert len(desk.fake.seen) == 1


def test_none_is_begun_when_the_caller_has_waited_long(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.ticks = iter([0.0, LAST_START + 0.1])

    assert desk.text_me(bodies=BODIES) == "sent"
    assert len(desk.fake.seen) == 1
    assert "only a part" in caplog.text


def test_a_caller_waits_less_than_twilio_does(desk: Desk) -> None:
    client = opener(desk.settings)()
    assert client is not None
    with closing(client):
        one = client.account.patience + 2 * client.account.timeout
    assert LAST_START + one < LONGEST < 13  # what waits in front of the line waits so long
    assert (client.account.timeout, PATIENCE, TIMEOUT) == (3.0, 4.0, 5.0)


@pytest.mark.parametrize(
    ("person", "environ", "told"),
    [
        pytest.param(Person(""), {}, "withheld", id="no number"),
        pytest.param(Person("anonymous"), {}, "withheld", id="a withheld number"),
        pytest.param(Person("+266696687"), {}, "withheld", id="a withheld number, in figures"),
        pytest.param(Person("22000"), {}, "withheld", id="a short code"),
        pytest.param(Person("+10000"), {}, "withheld", id="no number that exists"),
        pytest.param(
            Person("+5215512345678"), {}, "country", id="the old form of a Mexican mobile"
        ),
        pytest.param(Person("+18005550199"), {}, "landline", id="a toll-free number"),
        pytest.param(LONDON, {"COUNTRIES": "GB"}, "landline", id="a landline"),
        pytest.param(Person("+447911123456"), {}, "country", id="another country"),
        pytest.param(Person("", practice=True), {}, "withheld", id="practice without a number"),
    ],
)
def test_where_no_text_may_go_none_does(
    desk: Desk, person: Person, environ: dict[str, str], told: str
) -> None:
    desk.allow(**environ)

    assert desk.courier.text_bar(person) == told
    assert desk.text_me(person=person) == told
    assert (desk.fake.seen, desk.kept(), desk.consents()) == ([], [], [])


@pytest.mark.parametrize(
    "person", [PATIENT, WHATSAPP, PUPIL, replace(WHATSAPP, practice=True)], ids=str
)
def test_who_can_have_a_text_has_nothing_against_it(desk: Desk, person: Person) -> None:
    assert desk.courier.text_bar(person) == ""


@pytest.mark.parametrize(
    ("person", "number"),
    [
        (PATIENT, "+12125550199"),
        (WHATSAPP, "+12125550199"),
        (PUPIL, "+12125550199"),
        (LONDON, "+442071838750"),
        (Person("+15555550123"), ""),
        (Person("+15555550123", practice=True), "+15555550123"),
        (Person("restricted"), ""),
        (Person("restricted", practice=True), ""),
        (Person("+1", practice=True), ""),
    ],
)
def test_a_number_to_call_is_one_that_exists(person: Person, number: str) -> None:
    assert person.number == number


def test_an_opt_out_on_another_channel_holds_until_it_ends(desk: Desk) -> None:
    opt_out(desk.store, desk.keys(WHATSAPP), False, NOON)
    assert desk.text_me() == "opted-out"
    assert desk.call_me() == "opted-out"
    assert desk.mend() == "opted-out"
    assert (desk.fake.seen, desk.consents()) == ([], [])

    opt_in(desk.store, desk.keys(), False, NOON)
    assert desk.text_me() == "sent"


def test_a_person_on_whatsapp_gets_it_there(desk: Desk) -> None:
    desk.allow(TWILIO_WHATSAPP_NUMBER="+1 212 555 0151")
    account = account_of(desk.settings)
    assert account is not None
    with closing(open_client(replace(account, base_url=desk.fake.url))) as desk.client:
        assert desk.text_me(person=WHATSAPP) == "sent"

    form = desk.fake.seen[0].form
    assert (form["To"], form["From"]) == ([WHATSAPP.address], ["whatsapp:+12125550151"])


@pytest.mark.parametrize(
    ("answer", "told", "kept"),
    [
        pytest.param(error(400, 21610), "opted-out", "opted-out", id="opted out at Twilio"),
        pytest.param(error(400, 21614), "landline", "landline", id="takes no texts"),
        pytest.param(error(400, 21635), "landline", "landline", id="a landline"),
        pytest.param(error(400, 21408), "country", "country", id="a country switched off"),
        pytest.param(error(400, 21211), "failed", "failed", id="no such number"),
        pytest.param(error(401, 20003), "failed", "failed", id="bad credentials"),
        pytest.param(error(400, 30034), "failed", "failed", id="not registered"),
        pytest.param(Answer(500), "failed", "unknown", id="500"),
        pytest.param(Answer(0, how="dropped"), "failed", "unknown", id="the connection broke"),
        pytest.param(Answer(201, b"{oops"), "failed", "unknown", id="garbage"),
    ],
)
def test_a_failure_is_told_kept_and_never_tried_again(
    desk: Desk, answer: Answer, told: str, kept: str
) -> None:
    desk.fake.next_answers.append(answer)

    assert [desk.text_me(), desk.text_me()] == [told, told]
    assert len(desk.fake.seen) == 1
    assert [row[1] for row in desk.kept()] == [kept]


def test_a_time_out_is_told_as_a_failure_and_never_tried_again(desk: Desk) -> None:
    account = account_of(desk.settings)
    assert account is not None
    quick = replace(account, base_url=desk.fake.url, timeout=0.2)
    desk.fake.next_answers.append(Answer(0, how="silent"))
    with closing(open_client(quick)) as desk.client:
        assert [desk.text_me(), desk.text_me()] == ["failed", "failed"]

    assert len(desk.fake.seen) == 1
    assert desk.kept() == [("text", "unknown", "", "")]


def test_too_many_requests_are_asked_again_within_the_errand(desk: Desk) -> None:
    desk.fake.next_answers.extend([error(429, 20429)] * 2)

    assert desk.text_me() == "sent"
    assert len(desk.fake.seen) == 3


def test_a_rate_that_lasts_is_a_failure(desk: Desk) -> None:
    desk.fake.next_answers.extend([error(429, 20429)] * 9)

    assert desk.text_me() == "failed"
    assert desk.kept() == [("text", "failed", "", "20429")]


def test_an_opt_out_at_twilio_is_learned(desk: Desk) -> None:
    desk.fake.next_answers.append(error(400, 21610))
    desk.text_me()

    found = read_contact(desk.store, desk.keys())
    assert found is not None
    assert found.opted_out_at == NOON
    assert desk.consents()[-1][:2] == ("stop", "carrier")
    assert desk.call_me() == "opted-out"


@pytest.mark.parametrize(("code", "learned"), [("21610", True), ("30007", False), ("", False)])
def test_a_status_that_tells_of_an_opt_out_is_learned(desk: Desk, code: str, learned: bool) -> None:
    desk.courier.learn(PATIENT, code)

    found = read_contact(desk.store, desk.keys())
    assert bool(found and found.opted_out_at) is learned


def test_who_abuses_the_line_comes_to_an_end(desk: Desk) -> None:
    told = [desk.text_me(f"CA{n}") for n in range(TEXT_CAPS.per_number + 1)]

    assert told == ["sent"] * TEXT_CAPS.per_number + ["failed"]
    assert len(desk.fake.seen) == TEXT_CAPS.per_number
    desk.now += timedelta(days=1, seconds=1)
    assert desk.text_me("CA99") == "sent"


# Calls -------------------------------------------------------------------------------------------


def test_a_call_asked_for_by_text_begins_in_its_topic(desk: Desk) -> None:
    desk.allow(FALLBACK_URL="https://files.example/fallback.xml")

    assert [desk.call_me(), desk.call_me()] == ["calling", "calling"]
    assert [seen.form for seen in desk.fake.seen] == [
        {
            "To": [PATIENT.address],
            "From": [LINE],
            "Url": [f"{URL}/voice/7/ring.cast/es-US/slow/0"],
            "Method": ["POST"],
            "StatusCallback": [f"{URL}/voice/status?claim=SM1"],
            "StatusCallbackMethod": ["POST"],
            "FallbackUrl": ["https://files.example/fallback.xml"],
            "FallbackMethod": ["GET"],
            "MachineDetection": ["DetectMessageEnd"],
            "Timeout": ["30"],
            "TimeLimit": ["3600"],
        }
    ]
    assert desk.kept() == [("call", "calling", "CA" + "0" * 31 + "1", "")]
    assert desk.consents() == [("call", "message", "call me", False)]


def test_who_wrote_on_whatsapp_is_called_on_the_telephone(desk: Desk) -> None:
    assert desk.call_me(person=WHATSAPP) == "calling"
    assert desk.fake.seen[0].form["To"] == ["+12125550199"]


@pytest.mark.parametrize(
    ("person", "now", "environ", "told"),
    [
        pytest.param(PATIENT, NIGHT, {}, "hours", id="at night"),
        pytest.param(LONDON, NOON, {}, "cannot", id="another country"),
        pytest.param(Person("anonymous"), NOON, {}, "cannot", id="a withheld number"),
        pytest.param(Person("22000"), NOON, {}, "cannot", id="a short code"),
        pytest.param(PATIENT, NOON, {"CALLS_PER_NUMBER": "0"}, "cannot", id="no calls at all"),
        pytest.param(PATIENT, NOON, {"CALLS_PER_DAY": "0"}, "cannot", id="none in all"),
        pytest.param(Person("x", practice=True), NOON, {}, "cannot", id="practice, no number"),
    ],
)
def test_where_no_call_may_go_none_does(
    desk: Desk, person: Person, now: datetime, environ: dict[str, str], told: str
) -> None:
    desk.allow(**environ)
    desk.now = now

    assert desk.call_me(person=person) == told
    assert (desk.fake.seen, desk.kept(), desk.consents(), desk.errands) == ([], [], [], [])


def test_a_number_is_called_a_few_times_a_day(desk: Desk) -> None:
    desk.allow(CALLS_PER_NUMBER="2", CALLS_PER_DAY="3")
    other = Person("+12125550198")
    told = [desk.call_me(f"SM{n}") for n in range(3)]
    told += [desk.call_me(f"SM{n}", other) for n in range(3, 5)]

    assert told == ["calling", "calling", "often", "calling", "failed"]
    assert len(desk.fake.seen) == 3


def test_a_call_nobody_knows_of_counts_and_one_refused_does_not(desk: Desk) -> None:
    desk.allow(CALLS_PER_NUMBER="1")
    desk.fake.next_answers.extend([error(400, 21214), Answer(500)])

    assert [desk.call_me(f"SM{n}") for n in range(3)] == ["cannot", "failed", "often"]
    assert len(desk.fake.seen) == 2


@pytest.mark.parametrize(
    ("code", "told"),
    [(13224, "cannot"), (21215, "cannot"), (21216, "cannot"), (10004, "failed"), (21210, "failed")],
)
def test_a_refused_call_is_told(desk: Desk, code: int, told: str) -> None:
    desk.fake.next_answers.append(error(400, code))

    assert desk.call_me() == told


# Sound -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "ours", "size", "reaches"),
    [
        pytest.param(PATIENT, LINE, MMS_BYTES, True, id="in the US"),
        pytest.param(PATIENT, LINE, MMS_BYTES + 1, False, id="too large"),
        pytest.param(PATIENT, "+447911123456", 1000, False, id="across the ocean"),
        pytest.param(Person("+447911123456"), LINE, 1000, False, id="not in Britain"),
        pytest.param(WHATSAPP, f"whatsapp:{LINE}", MMS_BYTES + 1, True, id="on WhatsApp"),
        pytest.param(WHATSAPP, f"whatsapp:{LINE}", WHATSAPP_BYTES + 1, False, id="larger yet"),
        pytest.param(PUPIL, "", MMS_BYTES, True, id="in practice"),
        pytest.param(PUPIL, "", MMS_BYTES + 1, False, id="too large in practice"),
        pytest.param(
            replace(WHATSAPP, practice=True), "", MMS_BYTES + 1, True, id="practice on WhatsApp"
        ),
    ],
)
def test_sound_goes_as_media_where_it_arrives(
    desk: Desk, person: Person, ours: str, size: int, reaches: bool
) -> None:
    url = f"{URL}/audio/0123456789abcdef.mp3"
    assert desk.courier.sound(person, ours, size, url) == (url if reaches else "")


def test_where_sound_failed_the_link_goes_out_once_from_the_number_they_wrote_to(
    desk: Desk,
) -> None:
    told = [desk.mend(ours="+12125550152"), desk.mend(ours="+12125550152")]

    assert told == ["sent", "sent"]
    assert len(desk.fake.seen) == 1
    form = desk.fake.seen[0].form
    assert (form["From"], form["Body"]) == (["+12125550152"], ["Listen: https://x"])
    assert "MediaUrl" not in form
    assert form["StatusCallback"] == [f"{URL}/sms/status?claim=SM1%3Alink"]
    assert desk.consents() == []


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        ("30011", True),
        ("30019", True),
        ("11751", True),
        ("12300", True),
        ("63019", True),
        ("30008", True),
        ("49999", True),
        ("", True),
        ("21610", False),
        ("21614", False),
        ("30004", False),
        ("30005", False),
        ("30006", False),
        ("30007", False),
        ("30034", False),
    ],
)
def test_a_link_is_worth_sending_where_the_words_may_arrive(code: str, lost: bool) -> None:
    assert sound_lost(code) is lost


def test_a_link_comes_back_on_whatsapp_from_where_they_wrote_to(desk: Desk) -> None:
    assert desk.mend(person=WHATSAPP, ours="whatsapp:+12125550152") == "sent"
    assert desk.fake.seen[0].form["From"] == ["whatsapp:+12125550152"]


def test_a_link_goes_to_nobody_who_cannot_have_texts(desk: Desk) -> None:
    assert desk.mend(person=Person("22000")) == "withheld"
    assert desk.fake.seen == []


# What is answered --------------------------------------------------------------------------------


def outcomes(method: str) -> tuple[str, ...]:
    """Every outcome that a method of the courier promises."""
    found: tuple[str, ...] = get_args(get_type_hints(getattr(Courier, method))["return"])
    assert found
    return found


def test_every_outcome_of_a_text_is_told_in_the_call_and_each_in_its_own_words(
    script: Script,
) -> None:
    known = Caller(PATIENT.address, "")
    for locale in script.locales:
        told = set()
        for outcome in outcomes("text_me"):
            asked = Event("key", "1", caller=known, outcome=outcome)
            after = dialog.following(script, State("text.risks", locale, "normal"), asked)
            told.add(" ".join(said.words for said in dialog.reply(script, after).says))
        assert len(told) == len(outcomes("text_me")), locale


@pytest.mark.parametrize("place", ["", "main", "topic.risks.1"], ids=lambda place: place or "new")
def test_every_outcome_of_a_call_is_told_by_text_and_an_opt_out_by_none(
    script: Script, place: str
) -> None:
    for locale in script.locales:
        told = {}
        for outcome in outcomes("call_me"):
            asked = Message(Meaning("call-me", locale=locale), outcome=outcome)
            _, texts = thread.step(script, Contact(locale, place), asked)
            told[outcome] = texts[0].body if texts else ""
        assert told.pop("opted-out") == ""
        assert len(set(told.values())) == len(told), locale
        assert all(told.values())


# Practice ----------------------------------------------------------------------------------------


def test_practice_is_shown_and_nothing_leaves(desk: Desk) -> None:
    desk.now = NIGHT
    told = [desk.text_me(person=PUPIL, bodies=BODIES), desk.call_me(person=PUPIL)]
    told.append(desk.mend("SM2", PUPIL))

    assert told == ["sent", "calling", "sent"]
    assert desk.errands == [
        Errand("text", PUPIL.address, BODIES[0]),
        Errand("text", PUPIL.address, BODIES[1]),
        Errand("call", PUPIL.address, url=f"{URL}/voice/7/ring.cast/es-US/slow/0"),
        Errand("text", PUPIL.address, "Listen: https://x"),
    ]
    assert desk.fake.seen == []


def test_practice_needs_no_account_is_done_once_and_counted_apart(desk: Desk) -> None:
    desk.allow(CALLS_PER_NUMBER="1")
    desk.client = None

    assert [desk.call_me("SM1", PUPIL), desk.call_me("SM1", PUPIL)] == ["calling", "calling"]
    assert len(desk.errands) == 1
    assert desk.call_me("SM2", PUPIL) == "often"
    assert [row[3] for row in desk.consents()] == [True]


def test_a_real_call_is_not_counted_with_practice(desk: Desk) -> None:
    desk.allow(CALLS_PER_NUMBER="1", CALLS_PER_DAY="1")

    assert [desk.call_me("SM1", PUPIL), desk.call_me("SM2")] == ["calling", "calling"]


def test_an_opt_out_in_practice_holds_in_practice(desk: Desk) -> None:
    opt_out(desk.store, desk.keys(PUPIL), True, NOON)

    assert desk.text_me(person=PUPIL) == "opted-out"
    assert desk.call_me(person=PUPIL) == "opted-out"
    assert desk.errands == []
    assert desk.text_me("CA2") == "sent"


# Without -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_out", "lack"),
    [
        (("TWILIO_ACCOUNT_SID",), ("TWILIO_ACCOUNT_SID",)),
        (("TWILIO_AUTH_TOKEN",), ("TWILIO_AUTH_TOKEN (or TWILIO_API_KEY)",)),
        (
            ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
            ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN (or TWILIO_API_KEY)"),
        ),
    ],
)
def test_a_line_without_an_account_fails_and_the_log_says_what_lacks(
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    left_out: tuple[str, ...],
    lack: tuple[str, ...],
) -> None:
    desk.allow(**dict.fromkeys(left_out, ""))
    desk.client = opener(desk.settings)()

    assert desk.client is None
    assert (account_of(desk.settings), lacking(desk.settings)) == (None, lack)
    assert [desk.text_me(), desk.call_me()] == ["failed", "failed"]
    assert all(name in caplog.text for name in lack)


def test_an_api_key_signs_in_where_there_is_one(desk: Desk) -> None:
    desk.allow(TWILIO_API_KEY="SK1", TWILIO_API_SECRET="sesame", TWILIO_MESSAGING_SERVICE="MG1")
    account = account_of(desk.settings)

    assert account is not None
    assert (account.sid, account.key, account.secret) == (twilio.ACCOUNT, "SK1", "sesame")
    assert account.messaging_service == "MG1"


def test_one_client_serves_a_process(desk: Desk) -> None:
    client = opener(desk.settings)
    found = {id(client()) for _ in range(3)}
    opened = client()

    assert opened is not None
    opened.close()
    assert found == {id(opened)}


def test_nothing_leaves_while_the_store_is_away(desk: Desk) -> None:
    desk.settings = settings_in(desk.settings.instance / "empty")
    with closing(open_store(desk.settings.database_url)) as desk.store:
        assert [desk.text_me(), desk.call_me(), desk.mend()] == ["failed"] * 3

    assert desk.fake.seen == []


@pytest.mark.parametrize(
    ("age", "waited"),
    [
        pytest.param(0.0, LONGEST, id="just now"),
        pytest.param(5.0, LONGEST - 5, id="some seconds ago"),
        pytest.param(-2.0, LONGEST - 2, id="by a clock that is ahead"),
        pytest.param(LONGEST, 0.0, id="long ago"),
        pytest.param(-3600.0, 0.0, id="by a clock that was wrong"),
    ],
)
def test_nothing_leaves_that_another_process_claimed_and_never_settled(
    desk: Desk, age: float, waited: float
) -> None:
    at = desk.now - timedelta(seconds=age)
    claim(desk.store, "CA1:risks", "text", desk.keys(), False, at)

    assert desk.text_me() == "failed"
    assert desk.fake.seen == []
    assert desk.waited == pytest.approx(waited, abs=2 * LOOK_EVERY)


def test_who_asks_while_another_process_is_at_it_is_told_what_that_one_learns(desk: Desk) -> None:
    claim(desk.store, "CA1:risks", "text", desk.keys(), False, NOON)
    desk.meanwhile = lambda: settle(desk.store, "CA1:risks", "landline", "", "21614", NOON)

    assert desk.text_me() == "landline"
    assert desk.waited == LOOK_EVERY
    assert desk.fake.seen == []


def test_who_waits_for_another_while_the_store_goes_away_is_told_of_a_failure(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    claim(desk.store, "CA1:risks", "text", desk.keys(), False, NOON)
    desk.meanwhile = desk.store.close
    (desk.settings.instance / "line.db").rename(desk.settings.instance / "gone.db")

    assert desk.text_me() == "failed"
    assert "the store is away" in caplog.text
    assert desk.fake.seen == []


# Privacy, and Twilio's own description ------------------------------------------------------------


def test_no_number_no_words_and_no_secret_reach_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.fake.next_answers.extend([error(400, 21610), Answer(500), error(400, 21211)])
    other = Person("+12125550197")
    with caplog.at_level(logging.DEBUG):
        desk.text_me()
        desk.text_me("CA2", other)
        desk.call_me("SM2", other)

    told = f"{caplog.text} {PATIENT!r} {Errand('text', PATIENT.address, BODIES[0])!r}"
    private = ("2125550199", "2125550197", BODIES[0], WISH, twilio.TOKEN)
    assert [one for one in private if one in told] == []


@pytest.mark.soak
def test_every_errand_fits_prisms_description_too(desk: Desk) -> None:
    with prism(DOCUMENT) as url:
        account = account_of(desk.settings)
        assert account is not None
        with closing(open_client(replace(account, base_url=url))) as desk.client:
            told = [desk.text_me(bodies=BODIES), desk.call_me(), desk.mend("SM2")]

    assert told == ["sent", "calling", "sent"]
    assert not any(isinstance(row[1], Refused) for row in desk.kept())
