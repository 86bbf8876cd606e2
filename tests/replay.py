"""Conversations in tests/conversations: what was pressed, said or texted, and what came back.

A conversation is a text file. The first line is its title. Lines `name: value` below it set the
scene where it differs from a weekday morning:

    at: 2026-11-26 10:00     the clinic's date and time
    from: withheld           or a number, or whatsapp:+12125550199
    carrier words: line      we answer STOP, START and HELP ourselves; else Twilio does

A line that begins with > is what a person does; all other lines are what comes back.

    > calls                  the telephone rings the line; from here to the end it is a call
    > 3                      presses a key
    > "going home"           says words
    > (silence)              does nothing until the line speaks again
    > (busy)                 the nurse's telephone: (a nurse answers), (busy), (nobody answers),
                             (the call fails)
    > hangs up
    > RISKS                  outside a call: sends a text; at its end may stand
                             [as Twilio's STOP]      Twilio read it as STOP (OptOutType)
    > (the same text again)  Twilio sends the last text once more

A call's answers stand as they are spoken: a mark such as [es-US] or [es-US, slower] where the
language or the pace changes, … where the voice pauses between two points.
`python -m tests.replay --rewrite` plays what people do and writes down what came back: look at
the difference before you keep it.
"""

import re
import sys
import textwrap
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from flask import Flask

from voice import settings as settings_module
from voice import webhook
from voice.live import Live
from voice.phone import (
    Call,
    Caption,
    Dialed,
    DialStatus,
    Heard,
    HungUp,
    Phone,
    Played,
    Step,
    answer_dial,
    dial,
    hang_up,
    hears_speech,
    over_wsgi,
    patience,
    press,
    say,
    send_text,
    stay_silent,
)
from voice.release import make_ready, utterances
from voice.script import Script, Utterance, load
from voice.settings import Settings
from voice.sms import count
from voice.store import Store, Tally, open_store
from voice.store.migrating import migrate

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "conversations"
URL = "https://line.example"
TOKEN = "0123456789abcdef-of-this-account"
WEEKDAY = "2026-11-23 10:00"
DIALS: dict[str, DialStatus] = {
    "(a nurse answers)": "completed",
    "(busy)": "busy",
    "(nobody answers)": "no-answer",
    "(the call fails)": "failed",
}


# The line ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """A script as release 1 with a clip for all it says, and what each clip says."""

    live: Live
    captions: Mapping[str, Caption]


def serving(script: Script) -> Served:
    """Serve a script with clips of which only the address and the words are made."""
    spoken = {f"{URL}/audio/{n:016x}.wav": said for n, said in enumerate(utterances(script))}
    addresses = {utterance: address for address, utterance in spoken.items()}
    live = Live(URL, Path("no clips here"))
    live.release = make_ready(script, 1, URL, addresses.get)
    return Served(live, {address: _caption(utterance) for address, utterance in spoken.items()})


def _caption(utterance: Utterance) -> Caption:
    slower = ", slower" if utterance.pace == "slow" else ""
    return Caption(utterance.words, f"{utterance.locale}{slower}")


def settings_in(folder: Path, carrier_words: str = "carrier") -> Settings:
    """The settings of an installation that keeps everything in `folder`."""
    return settings_module.read(
        {
            "PUBLIC_URL": URL,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "CARRIER_KEYWORDS": carrier_words,
            "INSTANCE": str(folder / "instance"),
            "AUDIO": str(folder / "audio"),
            "SCRIPTS": str(ROOT / "scripts"),
        }
    )


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Store, Tally]]:
    """The store of an installation, tables made, and the counts on their way to it."""
    store = open_store(settings.database_url)
    migrate(store)
    tally = Tally(store)
    try:
        yield store, tally
    finally:
        tally.close()
        store.close()


def door_app(
    live: Live, settings: Settings, store: Store, tally: Tally, clock: Callable[[], datetime]
) -> Flask:
    """Twilio's door, real in every part, in an app of its own."""
    app = Flask("line")
    door = webhook.open_door(live, settings, store, tally, clock, lambda: None)
    app.register_blueprint(webhook.blueprint(door))
    return app


# The file ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Conversation:
    """A file taken apart: its title, its scene, and what people do."""

    title: str
    scene: dict[str, str]
    acts: tuple[str, ...]

    @property
    def at(self) -> datetime:
        """When it takes place, in the sample clinic's time."""
        written = self.scene.get("at", WEEKDAY)
        return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo("America/New_York"))


def read(text: str) -> Conversation:
    """Take a conversation's file apart."""
    title, *rest = text.splitlines()
    scene = {}
    for line in rest:
        match = re.fullmatch(r"(at|from|carrier words): (.+)", line)
        if match is None:
            break
        scene[match[1]] = match[2]
    acts = tuple(line.removeprefix("> ") for line in rest if line.startswith(">"))
    return Conversation(title, scene, acts)


def replay(text: str, served: Served, folder: Path) -> str:
    """Play what people do in a conversation; return its file with what really came back."""
    conversation = read(text)
    settings = settings_in(folder, conversation.scene.get("carrier words", "carrier"))
    with opened(settings) as (store, tally):
        app = door_app(served.live, settings, store, tally, lambda: conversation.at)
        number = conversation.scene.get("from", "+12125550199")
        number = "anonymous" if number == "withheld" else number
        phone = Phone(
            over_wsgi(app),
            URL,
            TOKEN,
            number=number.removeprefix("whatsapp:"),
            caption=served.captions.get,
        )
        lines = list(_played(phone, conversation.acts, whatsapp=number.startswith("whatsapp:")))
    scene = [f"{name}: {value}" for name, value in conversation.scene.items()]
    return "\n".join([conversation.title, *scene, "", *lines]).rstrip("\n") + "\n"


# Playing -----------------------------------------------------------------------------------------


def _played(phone: Phone, acts: tuple[str, ...], *, whatsapp: bool) -> Iterator[str]:
    texts = acts
    if "calls" in acts:
        begins = acts.index("calls")
        texts, calls = acts[:begins], acts[begins + 1 :]
    yield from _texted(phone, texts, whatsapp=whatsapp)
    if texts != acts:
        yield "> calls"
        yield from _called(phone, calls)


def _texted(phone: Phone, acts: tuple[str, ...], *, whatsapp: bool) -> Iterator[str]:
    number = 0
    body, extra = "", {}
    for act in acts:
        if act != "(the same text again)":
            number += 1
            match = re.fullmatch(r"(.*?)(?: \[as Twilio's (\w+)\])?", act)
            body, read_as = match.groups() if match else (act, None)
            extra = {"OptOutType": read_as} if read_as else {}
        yield f"> {act}"
        answers = send_text(phone, body, f"SM{number:032x}", whatsapp=whatsapp, extra=extra)
        for answer in answers:
            cost = count(answer.body)
            yield from _wrapped(f"< {answer.body}")
            yield f"({cost.segments} segment{'s' if cost.segments > 1 else ''}, {cost.encoding})"
        if not answers:
            yield "(no answer)"
        yield ""


def _called(phone: Phone, acts: tuple[str, ...]) -> Iterator[str]:
    call, heard = dial(phone, "CA" + "1" * 32)
    manner = yield from _heard(call, heard, "")
    for act in acts:
        yield f"> {act}"
        call, heard = _do(phone, call, act)
        manner = yield from _heard(call, heard, manner)


def _do(phone: Phone, call: Call, act: str) -> Step:
    if act == "hangs up":
        return hang_up(phone, call)
    if act == "(silence)":
        return stay_silent(phone, call)
    if act in DIALS:
        return answer_dial(phone, call, DIALS[act])
    if act.startswith('"'):
        return say(phone, call, act.strip('"'))
    return press(phone, call, act)


def _heard(call: Call, heard: tuple[Heard, ...], manner: str) -> Generator[str, None, str]:
    """Yield what is heard; `manner` is the language and pace before it, and afterwards."""
    for item in heard:
        match item:
            case Played(_, words, spoken_as):
                if spoken_as != manner:
                    yield f"[{spoken_as}]"
                    manner = spoken_as
                for point in words.replace("\n", " …\n").splitlines():
                    yield from _wrapped(point)
            case Dialed(number):
                yield f"(rings {number})"
            case HungUp("line"):
                yield "(the line hangs up)"
            case HungUp():
                yield "(the caller hangs up)"
            case _:
                yield repr(item)
    yield from _waits(call)
    yield ""
    return manner


def _waits(call: Call) -> Iterator[str]:
    if call.stage == "listening":
        what = "a key or words" if hears_speech(call) else "a key"
        seconds = patience(call)
        yield f"[waits {seconds} second{'s' if seconds > 1 else ''} for {what}]"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False)


# Rewriting ---------------------------------------------------------------------------------------


def main() -> None:
    """Say which conversations differ; with --rewrite, write them anew."""
    served = serving(load(ROOT / "scripts"))
    for path in sorted(FOLDER.glob("*.txt")):
        with TemporaryDirectory() as folder:
            text = path.read_text("utf-8")
            played = replay(text, served, Path(folder))
        if played != text:
            sys.stdout.write(f"{path.name} differs\n")
            if "--rewrite" in sys.argv:
                path.write_text(played, "utf-8")


if __name__ == "__main__":
    main()
