"""A reply as TwiML: a call's as verbs, a thread's as messages. Built by Twilio's SDK."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from twilio.twiml.messaging_response import Message, MessagingResponse
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from voice.dialog import Ask, Reply
from voice.script import Utterance
from voice.thread.contact import Text

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML 1.0 has no way to write; the SDK would write them and break the document."""

FIRST_KEY_SECONDS, NEXT_KEY_SECONDS = 1, 5
"""How long a key is waited for while something is said, and the next of several (rule 51)."""

DIAL_SECONDS = 25
"""How long a person's telephone rings before the caller hears what else they can do."""


ClipAddress = Callable[[Utterance], str | None]
"""Where an utterance's clip lies; None where there is none: then it is read out."""


@dataclass(frozen=True)
class Surroundings:
    """What a reply needs from outside to become a document."""

    address: str
    """The absolute address of the reply's own state, where keys and silence are sent."""
    locale: str
    hints: str
    """Words the speech recogniser should expect, separated by commas."""
    person: str
    """The person's number, and the line's own as caller id, both as dialled."""
    caller_id: str


def call(reply: Reply, around: Surroundings, clip: ClipAddress) -> bytes:
    """Return the document of a call's reply.

    Where an utterance has no clip Twilio's own voice says the words, so that a caller never hears
    silence. Whatever is said can be interrupted by a key; words are taken only after it, so that
    noise interrupts nobody. Every way through ends in a verb.
    """
    response = VoiceResponse()
    response.append(_said(reply, around, clip))
    if reply.ask and reply.ask.speech:
        response.append(_listening(reply.ask, around, empty=not reply.parting))
    if reply.parting:
        response.append(_keys(reply.parting, reply.patience, around, clip))
    if reply.dial:
        response.append(_dial(around))
    if reply.ends:
        response.hangup()
    else:
        response.redirect(around.address, method="POST")
    return str(response).encode()


def say_all(verb: VoiceResponse | Gather, says: Iterable[Utterance], clip: ClipAddress) -> None:
    """Play the clip of each utterance; words without one are read out."""
    for utterance in says:
        address = clip(utterance)
        if address:
            verb.play(address)
        else:
            verb.say(xml_safe(utterance.words), language=utterance.locale)


def _said(reply: Reply, around: Surroundings, clip: ClipAddress) -> Gather:
    """One Gather around all that is said: a key stops it at any moment, # and * included."""
    if reply.ask and reply.ask.digits > 1:
        return _keys(reply.says, NEXT_KEY_SECONDS, around, clip, reply.ask.digits)
    only_keys = reply.ask is not None and not reply.ask.speech
    timeout = reply.ask.wait if reply.ask and only_keys else FIRST_KEY_SECONDS
    return _keys(reply.says, timeout, around, clip)


def _many(digits: int) -> dict[str, int | str]:
    """Return how a Gather takes one key, or several that # may end."""
    return {"num_digits": digits, "finish_on_key": "#" if digits > 1 else ""}


def _keys(
    says: Sequence[Utterance],
    timeout: int,
    around: Surroundings,
    clip: ClipAddress,
    digits: int = 1,
) -> Gather:
    gather = Gather(
        input="dtmf",
        timeout=timeout,
        action=around.address,
        method="POST",
        **_many(digits),
    )
    say_all(gather, says, clip)
    return gather


def _listening(ask: Ask, around: Surroundings, empty: bool) -> Gather:
    """Take words and keys; where nothing came, `empty` says so at once, else what follows does."""
    # Of a number, the wait is also what follows its last key: what was waited before is taken off.
    before = NEXT_KEY_SECONDS if ask.digits > 1 else 0
    return Gather(
        input="dtmf speech",
        timeout=ask.wait - before,
        speech_timeout="auto",
        language=around.locale,
        hints=around.hints,
        action_on_empty_result=empty,
        action=around.address,
        method="POST",
        **_many(ask.digits),
    )


def _dial(around: Surroundings) -> Dial:
    dial = Dial(
        action=around.address, method="POST", timeout=DIAL_SECONDS, caller_id=around.caller_id
    )
    dial.number(around.person)
    return dial


def messages(texts: Sequence[Text | str], status_url: str = "") -> bytes:
    """Return the document that answers a text with `texts`, or with nothing.

    What becomes of each is told at `status_url`, if there is one.
    """
    response = MessagingResponse()
    for text in texts:
        _message(response, text if isinstance(text, Text) else Text(text), status_url)
    return str(response).encode()


def _message(response: MessagingResponse, text: Text, status_url: str) -> None:
    body = xml_safe(text.body)
    message = Message(None if text.media else body, status_callback=status_url or None)
    if text.media:
        message.body(body)
    for address in text.media:
        message.media(address)
    response.append(message)


def xml_safe(text: str) -> str:
    """Take out characters no XML document may hold."""
    return NOT_XML.sub("", text)
