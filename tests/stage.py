"""A person on the practice telephone, act by act: what they do, and the lines that tell what came
back. `Stage` holds what lasts from one act to the next; tests/replay.py says how acts are written.
"""

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.twilio_fake import ACCOUNT, TOKEN, Fake, Seen, error, fake_twilio
from voice.outbound import Account, Client, open_client
from voice.phone import (
    AnsweredBy,
    Call,
    Dialed,
    DialStatus,
    Heard,
    HungUp,
    Phone,
    Played,
    Step,
    Text,
    answer_dial,
    deliver,
    dial,
    hang_up,
    hears_speech,
    patience,
    press,
    say,
    send_text,
    stay_silent,
    take_call,
    together,
)
from voice.sms import count

CLINIC = ZoneInfo("America/New_York")
DIALS: Mapping[str, DialStatus] = {
    "(a nurse answers)": "completed",
    "(busy)": "busy",
    "(nobody answers)": "no-answer",
    "(the call fails)": "failed",
}
PICKS_UP: Mapping[str, AnsweredBy] = {
    "answers": "human",
    "(a machine answers)": "machine_end_beep",
    "(someone unclear answers)": "unknown",
}
KEYS = re.compile(r"[0-9*#]+")
TEXT = re.compile(r"(?P<body>.*?)(?: \[as Twilio's (?P<wish>\w+)\])?")
DELIVERY = re.compile(r"\((?:delivered|delivery fails: (?P<code>\d+))\)")
MOMENT = re.compile(r"at (?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d)")


def moment(written: str) -> datetime:
    """A time as a conversation writes it, at the sample clinic."""
    return datetime.fromisoformat(written).replace(tzinfo=CLINIC)


@dataclass
class Carrier:
    """Twilio of our own: it is there as soon as the line first asks for something, until `stack`
    closes. With `refuses` it answers everything with that error code.
    """

    stack: ExitStack
    refuses: int = 0
    fake: Fake | None = None
    told: int = 0
    opened: Client | None = None

    def client(self) -> Client:
        """The line's way to it."""
        if self.opened is None:
            self.fake = self.stack.enter_context(fake_twilio())
            if self.refuses:
                self.fake.next_answers.extend([error(400, self.refuses)] * 20)
            account = Account(ACCOUNT, TOKEN, base_url=self.fake.url)
            self.opened = open_client(account)
            self.stack.callback(self.opened.close)
        return self.opened

    def news(self) -> Iterator[tuple[str, Seen]]:
        """What the line asked for since the last time, each with the sid it was given."""
        seen = self.fake.seen if self.fake else []
        while self.told < len(seen):
            self.told += 1
            yield f"{self.told:032x}", seen[self.told - 1]


@dataclass
class Stage:
    """A person, their telephone, the time, and Twilio. `write` writes what the line only noted.

    `sounds` tells by its address what a sound says.
    """

    phone: Phone
    whatsapp: bool
    at: datetime
    carrier: Carrier
    sounds: Mapping[str, str]
    call: Call | None = None
    manner: str = ""
    """The language and pace of what was heard last in this call."""
    calls: int = 0
    texts: int = 0
    sent: tuple[str, dict[str, str]] = ("", {})
    """The person's last text, and what Twilio read in it."""
    last: Text | None = None
    """The line's last text."""
    rings: str = ""
    """What the line's last call asks when somebody picks up."""
    write: Callable[[], object] = field(default=lambda: None)

    def play(self, acts: Iterable[str]) -> Iterator[str]:
        """Do one thing after another; the lines that tell of it."""
        for act in acts:
            yield f"> {act}"
            yield from self.done(act)
            self.write()
            yield ""

    def done(self, act: str) -> Iterator[str]:
        """Do one thing; what came of it."""
        time, delivery = MOMENT.fullmatch(act), DELIVERY.fullmatch(act)
        if time:
            self.at = moment(time["moment"])
        elif delivery:
            yield from self.delivered(delivery["code"] or "")
        elif self.call and self.call.stage != "over":
            yield from self.heard(in_call(self.phone, self.call, act))
        elif act == "calls" or act in PICKS_UP:
            yield from self.called(act)
        else:
            yield from self.texted(act)

    # Calls ---------------------------------------------------------------------------------------

    def called(self, act: str) -> Iterator[str]:
        """Ring the line, or pick up a call of its own."""
        self.calls += 1
        self.manner = ""
        sid = f"CA{self.calls:a>32x}"
        if act == "calls":
            yield from self.heard(dial(self.phone, sid))
            return
        assert self.rings, "the line makes no call that could be answered"
        yield from self.heard(take_call(self.phone, sid, self.rings, PICKS_UP[act]))
        self.rings = ""

    def heard(self, step: Step) -> Iterator[str]:
        """What the line did, and what is heard."""
        self.call, heard = step
        yield from self.started()
        for group in together(heard):
            yield from self.sounded(group)
        yield from waits(self.call)

    def sounded(self, group: tuple[Heard, ...]) -> Iterator[str]:
        """One thing that is heard, or the digits of a number."""
        match group[0]:
            case Played(_, _, spoken_as):
                words = " ".join(item.words for item in group if isinstance(item, Played))
                if spoken_as != self.manner:
                    yield f"[{spoken_as}]"
                    self.manner = spoken_as
                for point in words.replace("\n", " …\n").splitlines():
                    yield from wrapped(point)
            case Dialed(number):
                yield f"(rings {number})"
            case HungUp("line"):
                yield "(the line hangs up)"
            case HungUp():
                yield "(the caller hangs up)"
            case item:
                yield repr(item)

    # Texts ---------------------------------------------------------------------------------------

    def texted(self, act: str) -> Iterator[str]:
        """Send a text, or have Twilio send the last one again."""
        if act != "(the same text again)":
            self.texts += 1
            found = TEXT.fullmatch(act)
            assert found
            self.sent = found["body"], {"OptOutType": found["wish"]} if found["wish"] else {}
        body, extra = self.sent
        sid = f"SM{self.texts:a>32x}"
        answers = send_text(self.phone, body, sid, whatsapp=self.whatsapp, extra=extra)
        for answer in answers:
            assert isinstance(answer, Text)  # a real line shows nothing, it sends
            self.last = answer
            yield from wrapped(f"< {answer.body}")
            yield from self.cost(answer)
        if not answers:
            yield "(no answer)"
        yield from self.started()

    def cost(self, text: Text) -> Iterator[str]:
        """What comes with a text, and what it costs."""
        for address in text.media:
            yield f"[sound: {self.sounds.get(address, address)}]"
        cost = count(text.body)
        yield f"({cost.segments} segment{'s' if cost.segments > 1 else ''}, {cost.encoding})"

    def delivered(self, code: str) -> Iterator[str]:
        """Tell the line what became of its last text; what it does about that."""
        assert self.last, "the line sent no text"
        deliver(self.phone, self.last, "undelivered" if code else "delivered", code)
        done = list(self.started())
        yield from done or ["(nothing more is sent)"]

    # What the line starts ------------------------------------------------------------------------

    def started(self) -> Iterator[str]:
        """The texts the line sent on its own, and the calls it made."""
        for sid, seen in self.carrier.news():
            told = self.rang if seen.path.endswith("/Calls.json") else self.wrote
            yield from told(seen, sid)
            if self.carrier.refuses:
                self.last, self.rings = None, ""
                yield f"(Twilio refuses it: {self.carrier.refuses})"

    def rang(self, seen: Seen, _sid: str) -> Iterator[str]:
        """A call of the line's, as it asked Twilio for it."""
        (self.rings,) = seen.form["Url"]
        yield f"(the line calls {seen.form['To'][0]})"

    def wrote(self, seen: Seen, sid: str) -> Iterator[str]:
        """A text of the line's, as it asked Twilio for it."""
        form = {name: values[0] for name, values in seen.form.items()}
        media = tuple(seen.form.get("MediaUrl", ()))
        text = Text(form["Body"], media, f"SM{sid}", form["To"], form.get("From", ""))
        self.last = replace(text, status_url=form.get("StatusCallback", ""))
        yield from wrapped(f'(the line texts {text.to}: "{text.body}")')
        yield from self.cost(text)


def in_call(phone: Phone, call: Call, act: str) -> Step:
    """Do one thing in a call."""
    if act == "hangs up":
        return hang_up(phone, call)
    if act == "(silence)":
        return stay_silent(phone, call)
    if act in DIALS:
        return answer_dial(phone, call, DIALS[act])
    if KEYS.fullmatch(act):
        return pressed(phone, call, act)
    assert act.startswith('"'), f"nobody can do this in a call: {act}"
    return say(phone, call, act.strip('"'))


def pressed(phone: Phone, call: Call, keys: str) -> Step:
    """Press keys one after another."""
    heard: tuple[Heard, ...] = ()
    for key in keys:
        call, more = press(phone, call, key)
        heard += more
    return call, heard


def waits(call: Call) -> Iterator[str]:
    """How long the line waits, and for what."""
    if call.stage == "listening":
        what = "a key or words" if hears_speech(call) else "a key"
        seconds = patience(call)
        yield f"[waits {seconds} second{'s' if seconds > 1 else ''} for {what}]"


def wrapped(text: str) -> list[str]:
    """A text in lines that fit a page."""
    return textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False)
