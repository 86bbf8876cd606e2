"""A call and a text thread in the terminal, held on the telephone of phone.py.

`talk` and `text` read what a person types and write what the line answers. Typed input may come
from a person or a pipe; with a pipe it is echoed, so that the transcript reads as a conversation.
"""

import select
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from voice.phone import (
    KEYS,
    Call,
    Dialed,
    DialStatus,
    Heard,
    HungUp,
    Paused,
    Phone,
    PhoneError,
    Played,
    Said,
    Step,
    answer_dial,
    dial,
    hang_up,
    hears_speech,
    new_sid,
    patience,
    press,
    say,
    send_text,
    stay_silent,
)
from voice.sms import count

HELP: Final = """\
Type a key (0-9 * #), or words to say them; press Enter alone to say nothing. "hang up" ends.
"""
TEXT_HELP: Final = """\
Type a text and press Enter. An empty line ends.
"""
_ON_ITS_OWN: Final = 2  # seconds: a line that waits no longer than this is not asking anything
_INDENT: Final = "  "
_ANSWERS: Final[dict[str, DialStatus]] = {
    "answer": "completed",
    "busy": "busy",
    "no answer": "no-answer",
    "failed": "failed",
    "": "no-answer",
}
# Each with the arguments that make it play one WAV file and be quiet about it.
_PLAYERS: Final = (
    ("afplay",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("play", "-q"),
)

Play = Callable[[bytes], bool]
"""Plays a clip to its end; true where the person typed something and so stopped it."""


@dataclass(frozen=True)
class Terminal:
    """Where a person types and reads."""

    typed: Iterator[str]
    out: TextIO
    echo: bool = False  # write what was typed, because nothing else does
    width: int = 80  # characters

    def write(self, text: str = "") -> None:
        """Write one line."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def paragraph(self, text: str) -> None:
        """Write text indented and wrapped."""
        width = max(self.width, 40)
        self.write(textwrap.fill(text, width, initial_indent=_INDENT, subsequent_indent=_INDENT))

    def ask(self) -> str | None:
        """Read one line; None where there are no more."""
        self.out.write("> ")
        self.out.flush()
        line = next(self.typed, None)
        if self.echo or line is None:
            self.write(line.strip() if line else "")
        return None if line is None else line.strip()


def terminal(stdin: TextIO, stdout: TextIO) -> Terminal:
    """The terminal this process was started in, or the pipe."""
    width = min(shutil.get_terminal_size().columns, 88)
    return Terminal(iter(stdin.readline, ""), stdout, echo=not stdin.isatty(), width=width)


def talk(
    phone: Phone,
    screen: Terminal,
    *,
    keys: str = "",
    play: Play | None = None,
    sid: str | None = None,
) -> int:
    """Hold one call; returns the exit status, 1 where the line answered as no line may.

    `keys` are pressed first, one after another, as the key of a language is for --locale.
    """
    screen.write(HELP)
    screen.write(f"You call {_readable(phone.line)}.")
    try:
        call, heard = dial(phone, sid or new_sid("CA"))
        for key in keys:
            _tell(phone, screen, heard, play)
            screen.write(f"> {key}")
            call, heard = press(phone, call, key)
        _converse(phone, screen, call, heard, play)
    except PhoneError as error:
        screen.write(f"The call broke off: {error}")
        return 1
    return 0


def _converse(
    phone: Phone, screen: Terminal, call: Call, heard: tuple[Heard, ...], play: Play | None
) -> None:
    while True:
        typing = _tell(phone, screen, heard, play)
        if call.stage == "over":
            return
        if not typing and _goes_on(call):
            call, heard = stay_silent(phone, call)
            continue
        screen.write(_INDENT + _waits(call))
        call, heard = _do(phone, screen, call, screen.ask())


def _goes_on(call: Call) -> bool:
    """Does the line go on by itself in a moment?"""
    return call.stage == "listening" and patience(call) <= _ON_ITS_OWN and not hears_speech(call)


def _waits(call: Call) -> str:
    if call.stage == "dialing":
        return "[rings: answer, busy, no answer, failed]"
    what = "a key or words" if hears_speech(call) else "a key"
    return f"[waits {patience(call)} seconds for {what}]"


def _do(phone: Phone, screen: Terminal, call: Call, typed: str | None) -> Step:
    if typed is None or typed.casefold() in {"hang up", "hangup", "quit"}:
        return hang_up(phone, call)
    if call.stage == "dialing":
        return answer_dial(phone, call, _ANSWERS.get(typed.casefold(), "no-answer"))
    if not typed:
        return stay_silent(phone, call)
    if all(sign in KEYS for sign in typed):
        return _press_all(phone, screen, call, typed)
    return say(phone, call, typed.strip("\"'“”«»") or typed)


def _press_all(phone: Phone, screen: Terminal, call: Call, keys: str) -> Step:
    """Press keys one after another; what is heard between two is cut short, but written down."""
    heard: tuple[Heard, ...] = ()
    for key in keys:
        _tell(phone, screen, heard, None)
        if call.stage != "listening":
            return call, ()
        call, heard = press(phone, call, key)
    return call, heard


def _tell(phone: Phone, screen: Terminal, heard: Iterable[Heard], play: Play | None) -> bool:
    """Write what is heard, and play it; true where the person typed and so stopped the clips."""
    typing = False
    for item in heard:
        match item:
            case Played(url, words):
                _spoken(screen, words or f"(a clip: {url})")
                typing = typing or (play is not None and play(_clip(phone, url)))
            case Said(words):
                _spoken(screen, words)
            case Paused(seconds):
                screen.write(f"{_INDENT}({seconds} seconds of silence)")
            case Dialed(number):
                screen.write(f"{_INDENT}(the telephone of {_readable(number)} rings)")
            case HungUp("line"):
                screen.write("The line hangs up.")
            case HungUp():
                screen.write("You hang up.")
    return typing


def _spoken(screen: Terminal, words: str) -> None:
    """Write words, a line for each stretch between two pauses of a second."""
    points = words.split("\n")
    for point in points[:-1]:
        screen.paragraph(f"{point}\u00a0…")
    screen.paragraph(points[-1])


def _readable(number: str) -> str:
    """A North American number with its groups apart; any other as it is."""
    if len(number) == 12 and number.startswith("+1"):
        return f"{number[2:5]}-{number[5:8]}-{number[8:]}"
    return number


# ---------------------------------------------------------------- sound


def find_player(find: Callable[[str], str | None] = shutil.which) -> tuple[str, ...] | None:
    """The first program on this machine that plays a WAV file, with its arguments."""
    for program, *arguments in _PLAYERS:
        path = find(program)
        if path:
            return (path, *arguments)
    return None


def player_names() -> str:
    """The programs `find_player` looks for, to tell the person who has none."""
    return ", ".join(player[0] for player in _PLAYERS)


def play_with(command: tuple[str, ...], typing: Callable[[], bool]) -> Play:
    """Play clips with a program; `typing` tells whether the person has typed meanwhile."""

    def play(clip: bytes) -> bool:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            file.write(clip)
            file.flush()
            return _play_file((*command, file.name), typing)

    return play


def _play_file(command: tuple[str, ...], typing: Callable[[], bool]) -> bool:
    quiet = subprocess.DEVNULL
    # The program is one of _PLAYERS, found on PATH; the file is ours.
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as player:  # noqa: S603
        while True:
            try:
                player.wait(0.1)
                return typing()
            except subprocess.TimeoutExpired:
                if typing():
                    player.terminate()
                    return True


def typing_at(stdin: TextIO) -> Callable[[], bool]:
    """A test for whether a whole line waits to be read; from a pipe nobody interrupts."""
    if not stdin.isatty():
        return lambda: False
    return lambda: bool(select.select([stdin], [], [], 0)[0])


def _clip(phone: Phone, url: str) -> bytes:
    answer = phone.fetch("GET", url, b"", {})
    if answer.status != 200:
        raise PhoneError(11200, f"clip answered {answer.status}", url)
    return answer.body


# ---------------------------------------------------------------- texts


def text(phone: Phone, screen: Terminal, *, whatsapp: bool = False) -> int:
    """Hold a text thread; returns the exit status, 1 where the line answered as no line may."""
    screen.write(TEXT_HELP)
    screen.write(f"You text {_readable(phone.line)}.")
    try:
        while body := screen.ask():
            replies = send_text(phone, body, new_sid("SM"), whatsapp=whatsapp)
            for reply in replies:
                _received(screen, reply.body, reply.media)
            if not replies:
                screen.write(f"{_INDENT}(no answer)")
    except PhoneError as error:
        screen.write(f"No answer came: {error}")
        return 1
    return 0


def _received(screen: Terminal, body: str, media: tuple[str, ...]) -> None:
    for line in body.split("\n"):
        screen.paragraph(line)
    for address in media:
        screen.paragraph(f"({address})")
    cost = count(body)
    plural = "" if cost.segments == 1 else "s"
    screen.write(f"{_INDENT}[{cost.segments} segment{plural}, {cost.encoding}]")


def standard_terminal() -> Terminal:
    """The terminal on standard input and output."""
    return terminal(sys.stdin, sys.stdout)
