"""Conversations in tests/conversations: what was pressed, said or texted, and what came back.

A conversation is a text file. The first line is its title. Lines `name: value` below it set the
scene where it differs from a weekday morning:

    at: 2026-11-26 10:00     the clinic's date and time
    from: withheld           or a number, or whatsapp:+12125550199
    carrier words: line      we answer STOP, START and HELP ourselves; else Twilio does
    twilio refuses: 21610    whatever the line asks Twilio to send fails with this error

A line that begins with > is what a person does, or what happens; all other lines are what comes
back.

    > calls                  the telephone rings the line; what follows is in the call, to its end
    > answers                picks up the call the line makes; (a machine answers) or
                             (someone unclear answers) instead
    > 3                      in a call: presses a key; > 2125550123 types a number
    > "going home"           says words
    > (silence)              does nothing until the line speaks again
    > (busy)                 the nurse's telephone: (a nurse answers), (busy), (nobody answers),
                             (the call fails)
    > hangs up
    > RISKS                  outside a call: sends a text; at its end may stand
                             [as Twilio's STOP]      Twilio read it as STOP (OptOutType)
    > (the same text again)  Twilio sends the last text once more
    > (delivery fails: 30006)  what became of the line's last text, with Twilio's error code;
                             or (delivered)
    > at 2026-11-23 13:00    time has passed

A call's answers stand as they are spoken: a mark such as [es-US] or [es-US, slower] where the
language or the pace changes, … where the voice pauses between two points. What the line starts
itself stands in parentheses: (the line calls +1…), (the line texts +1…: "…"), and what Twilio
says where it does not do it. A sound that comes with a text is [sound: risks, en-US]. A Twilio of
our own on this machine takes what is sent.

`python -m tests.replay --rewrite [NAME …]` plays what people do and writes down what came back:
look at the difference before you keep it.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from tests import databases, kept
from tests.stage import Carrier, Stage, moment
from voice import settings as settings_module
from voice import webhook
from voice.dialog import topic_parts
from voice.live import Live
from voice.outbound import Client
from voice.phone import Caption, Phone, over_wsgi
from voice.script import PACES, Script, Utterance, load
from voice.settings import Settings
from voice.speech.clips import Manifest, Mp3
from voice.store import Store, Tally, open_store

ROOT = Path(__file__).parent.parent
FOLDER = Path(__file__).parent / "conversations"
URL = "https://line.example"
TOKEN = "0123456789abcdef-of-this-account"
WEEKDAY = "2026-11-23 10:00"


# The line ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """A script as release 1 with a clip for all it says, and what each clip and sound says."""

    live: Live
    captions: Mapping[str, Caption]
    sounds: Mapping[str, str]


def serving(script: Script) -> Served:
    """Serve a script with clips of which only the address and the words are made."""
    spoken = {f"{URL}/audio/{n:016x}.wav": said for n, said in enumerate(kept.said(script))}
    addresses = {utterance: address for address, utterance in spoken.items()}
    live = Live(URL, Path("no clips here"))
    live.release = kept.served(script, 1, URL, addresses.get)
    sounds = list(_sounds(script))
    live.manifest = Manifest(topics={mp3.key: mp3 for mp3 in sounds})
    return Served(
        live,
        {address: _caption(utterance) for address, utterance in spoken.items()},
        {f"{URL}/audio/{mp3.name}": f"{mp3.topic}, {_manner(mp3)}" for mp3 in sounds},
    )


def _caption(utterance: Utterance) -> Caption:
    return Caption(utterance.words, _manner(utterance))


def _manner(spoken: Utterance | Mp3) -> str:
    return f"{spoken.locale}{', slower' if spoken.pace == 'slow' else ''}"


def _sounds(script: Script) -> Iterator[Mp3]:
    """A topic's MP3 at each pace, small enough for every carrier."""
    number = 0
    for topic in script.topics:
        for locale in script.locales:
            parts = topic_parts(script, topic, locale)
            for pace in PACES:
                number += 1
                name = f"{number:016x}"
                yield Mp3(name, topic, locale, pace, parts, "", "", 60, -26, 300_000, "")


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
    databases.laid_out(settings.instance)
    store = open_store(settings.database_url)
    tally = Tally(store)
    try:
        yield store, tally
    finally:
        tally.close()
        store.close()


def door_app(
    live: Live,
    settings: Settings,
    store: Store,
    tally: Tally,
    clock: Callable[[], datetime],
    client: Callable[[], Client | None] | None = None,
) -> Flask:
    """Twilio's door, real in every part, in an app of its own; `client` is its way to Twilio."""
    app = Flask("line")
    door = webhook.open_door(live, settings, store, tally, clock, lambda _: None, client)
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
        return moment(self.scene.get("at", WEEKDAY))


def read(text: str) -> Conversation:
    """Take a conversation's file apart."""
    title, *rest = text.splitlines()
    scene = {}
    for line in rest:
        match = re.fullmatch(r"(at|from|carrier words|twilio refuses): (.+)", line)
        if match is None:
            break
        scene[match[1]] = match[2]
    acts = tuple(line.removeprefix("> ") for line in rest if line.startswith(">"))
    return Conversation(title, scene, acts)


def replay(text: str, served: Served, folder: Path) -> str:
    """Play what people do in a conversation; return its file with what really came back."""
    conversation = read(text)
    with ExitStack() as stack:
        stage = _stage(conversation, served, folder, stack)
        lines = list(stage.play(conversation.acts))
    scene = [f"{name}: {value}" for name, value in conversation.scene.items()]
    return "\n".join([conversation.title, *scene, "", *lines]).rstrip("\n") + "\n"


def _stage(conversation: Conversation, served: Served, folder: Path, stack: ExitStack) -> Stage:
    """Open a line of its own for a conversation, until `stack` closes."""
    scene = conversation.scene
    settings = settings_in(folder, scene.get("carrier words", "carrier"))
    store, tally = stack.enter_context(opened(settings))
    carrier = Carrier(stack, int(scene.get("twilio refuses", "0")))
    number = scene.get("from", "+12125550199")
    number = "anonymous" if number == "withheld" else number
    app = door_app(served.live, settings, store, tally, lambda: stage.at, carrier.client)
    phone = Phone(
        over_wsgi(app),
        URL,
        TOKEN,
        number=number.removeprefix("whatsapp:"),
        caption=served.captions.get,
    )
    whatsapp = number.startswith("whatsapp:")
    stage = Stage(phone, whatsapp, conversation.at, carrier, served.sounds, write=tally.write)
    return stage


# Rewriting ---------------------------------------------------------------------------------------


def main() -> None:
    """Say which conversations differ; with --rewrite, write them, or those named, anew."""
    served = serving(load(ROOT / "scripts"))
    named = {name for name in sys.argv[1:] if name != "--rewrite"}
    for path in sorted(FOLDER.glob("*.txt")):
        if named and path.stem not in named:
            continue
        with TemporaryDirectory() as folder:
            text = path.read_text("utf-8")
            played = replay(text, served, Path(folder))
        if played != text:
            sys.stdout.write(f"{path.name} differs\n")
            if "--rewrite" in sys.argv:
                path.write_text(played, "utf-8")


if __name__ == "__main__":
    main()
