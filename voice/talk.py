"""A call and a text thread in the terminal, held on the telephone of phone.py.

`talk` and `text` read what a person types and write what the line answers. Typed input may come
from a person or a pipe; with a pipe it is echoed, so that the transcript reads as a conversation.
What the line would send, and a call it would make, are written where they happen.
"""

import re
from collections.abc import Iterable
from typing import Final

from voice.exchange import readable
from voice.phone import (
    KEYS,
    AnsweredBy,
    Call,
    Dialed,
    DialStatus,
    Heard,
    HungUp,
    Paused,
    Phone,
    PhoneError,
    Played,
    Rung,
    Said,
    Shown,
    Step,
    Text,
    Texted,
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
    take_call,
    together,
)
from voice.player import Play
from voice.sms import count
from voice.terminal import INDENT, Terminal

HELP: Final = """\
Type a key (0-9 * #), or words to say them; press Enter alone to say nothing. "hang up" ends.
"""
TEXT_HELP: Final = """\
Type a text and press Enter. An empty line ends.
"""
RINGS: Final = 'Type "answer" to pick up, "machine" to let an answering machine; or another text.'
STOPPED: Final = "no answer: this number stopped the texts; type START to go on"
QUIET: Final = "no answer: this needs none, or over 40 came in ten minutes, or 120 in a day"
STRANGER: Final = (
    "The line took this for a stranger. Give this command the settings that line runs with: PORT or"
    " PUBLIC_URL, INSTANCE, and its keys."
)
_ON_ITS_OWN: Final = 2  # seconds: a line that waits no longer than this is not asking anything
_ANSWERS: Final[dict[str, DialStatus]] = {
    "answer": "completed",
    "busy": "busy",
    "no answer": "no-answer",
    "failed": "failed",
    "": "no-answer",
}
_PICKS_UP: Final[dict[str, AnsweredBy]] = {"answer": "human", "machine": "machine_end_beep"}


def talk(phone: Phone, screen: Terminal, *, keys: str = "", play: Play | None = None) -> int:
    """Hold one call; returns the exit status, 1 if the line answered with something invalid.

    `keys` are pressed first, one after another, as the key of a language is for --locale.
    """
    screen.write(HELP)
    screen.write(f"You call {readable(phone.line)}.")
    try:
        call, heard = dial(phone, new_sid("CA"))
        for key in keys:
            _tell(phone, screen, heard, play)
            screen.write(f"> {key}")
            call, heard = press(phone, call, key)
        _converse(phone, screen, call, heard, play)
    except PhoneError as error:
        _failed(screen, "The call broke off", error)
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
        screen.write(INDENT + _waits(call))
        call, heard = _do(phone, screen, call, screen.ask())


def _goes_on(call: Call) -> bool:
    """Whether the line is about to go on by itself."""
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
    keys = re.sub(r"[ ().-]", "", typed)  # as people write a number
    if keys and all(sign in KEYS for sign in keys):
        return _press_all(phone, screen, call, keys)
    return say(phone, call, typed.strip("\"'“”«»") or typed)


def _press_all(phone: Phone, screen: Terminal, call: Call, keys: str) -> Step:
    """Press keys one after another; what is heard in between is cut short, but still written."""
    heard: tuple[Heard, ...] = ()
    for key in keys:
        _tell(phone, screen, heard, None)
        if call.stage != "listening":
            return call, ()
        call, heard = press(phone, call, key)
    return call, heard


def _tell(phone: Phone, screen: Terminal, heard: Iterable[Heard], play: Play | None) -> bool:
    """Write what is heard, and play it; true if the person stopped the clips by typing."""
    typing = False
    for group in together(heard):
        _write(screen, group)
        for item in group:
            if isinstance(item, Played) and play is not None and not typing:
                typing = play(_clip(phone, item.url))
    return typing


def _write(screen: Terminal, group: tuple[Heard, ...]) -> None:
    match group[0]:
        case Played(url):
            words = " ".join(item.words for item in group if isinstance(item, Played))
            _spoken(screen, words or f"(a clip: {url})")
        case Said(words):
            _spoken(screen, words)
        case Paused(seconds):
            screen.write(f"{INDENT}({seconds} seconds of silence)")
        case Dialed(number):
            screen.write(f"{INDENT}(the telephone of {readable(number)} rings)")
        case HungUp(by):
            screen.write("The line hangs up." if by == "line" else "You hang up.")
        case Texted() | Rung() as item:
            _would(screen, item)


def _spoken(screen: Terminal, words: str) -> None:
    """Write words, with a new line at each pause of a second."""
    points = words.split("\n")
    for point in points[:-1]:
        screen.paragraph(f"{point}\u00a0…")
    screen.paragraph(points[-1])


def _clip(phone: Phone, url: str) -> bytes:
    answer = phone.fetch("GET", url, b"", {})
    if answer.status != 200:
        raise PhoneError(11200, f"clip answered {answer.status}", url)
    return answer.body


def _would(screen: Terminal, item: Shown) -> None:
    """Write what would leave this line for a real telephone."""
    match item:
        case Texted(to, body):
            screen.write(f"{INDENT}(a text would go to {readable(to)})")
            _received(screen, body, ())
        case Rung(to):
            screen.write(f"{INDENT}(the line would call {readable(to)})")


# ---------------------------------------------------------------- texts


def text(phone: Phone, screen: Terminal, *, whatsapp: bool = False) -> int:
    """Hold a text thread; returns the exit status, 1 if the line answered with something invalid.

    A call that a text asks for can be taken at once, and is a call like any other.
    """
    screen.write(TEXT_HELP)
    screen.write(f"You text {readable(phone.line)}.")
    ringing: Rung | None = None
    try:
        while typed := screen.ask():
            who = _PICKS_UP.get(typed.casefold())
            if ringing and who:
                _pick_up(phone, screen, ringing, who)
                ringing = None
            else:
                ringing = _exchange(phone, screen, typed, whatsapp)
    except PhoneError as error:
        _failed(screen, "No answer came", error)
        return 1
    return 0


def _failed(screen: Terminal, what: str, error: PhoneError) -> None:
    """Write what went wrong; and what to do about it, if the line took us for a stranger."""
    screen.write(f"{what}: {error}")
    if error.problem == "answered 403":
        screen.paragraph(STRANGER)


def _pick_up(phone: Phone, screen: Terminal, ringing: Rung, who: AnsweredBy) -> None:
    screen.write(HELP if who == "human" else "The answering machine hears:")
    call, heard = take_call(phone, new_sid("CA"), ringing.url, who)
    _converse(phone, screen, call, heard, None)


def _exchange(phone: Phone, screen: Terminal, body: str, whatsapp: bool) -> Rung | None:
    """Send one text and write what comes back; return the call that the text set off, if any."""
    replies = send_text(phone, body, new_sid("SM"), whatsapp=whatsapp)
    ringing = None
    for reply in replies:
        if isinstance(reply, Text):
            _received(screen, reply.body, reply.media)
            continue
        _would(screen, reply)
        if isinstance(reply, Rung):
            ringing = reply
            screen.paragraph(RINGS)
    if not replies:
        screen.write(f"{INDENT}({_why_silent(phone, body, whatsapp)})")
    return ringing


def _why_silent(phone: Phone, body: str, whatsapp: bool) -> str:
    """Why nothing came back; a stop may be from another day, for the line keeps it."""
    if phone.by_twilio(body) and not whatsapp:
        return "Twilio answers this one itself"
    return STOPPED if phone.stopped() else QUIET


def _received(screen: Terminal, body: str, media: tuple[str, ...]) -> None:
    for line in body.split("\n"):
        screen.paragraph(line)
    for address in media:
        screen.paragraph(f"(sound: {address})")
    cost = count(body)
    plural = "" if cost.segments == 1 else "s"
    screen.write(f"{INDENT}[{cost.segments} segment{plural}, {cost.encoding}]")
