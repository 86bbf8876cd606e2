"""What a plain web server can say when the line is down: TwiML documents and clips as files.

Twilio asks a number's fallback address when the line itself does not answer. Here that is a folder
which any static host can serve, best one that shares nothing with the line: every document is asked
for by GET, and every link is relative, so the folder can lie anywhere.

A static document cannot see which key was pressed. What Twilio itself tells apart is all there is:

    finishOnKey   that key, or silence, goes on with the next verb; any other key asks for `action`
    action        one address for all other keys

So `#` skips ahead, as it does everywhere; in the choice of a language the first language's key, or
silence, goes on in it, and other keys lead to the next language; where a person is offered, any key
but `#` rings them. There are no menus, no slower pace, no pause, no spoken words, no opening hours.

    voice.xml          the emergency number in every language; then, in every language, that the
                       line has failed, the clinic's number twice, and a key for a person
    language.xml       which language?
    LOCALE-ID.xml      a topic, whole; then the next one: warning signs first, then the menu's
                       order; after the last one the next language's, after the last of all goodbye
    LOCALE-help.xml    a key pressed in a topic: a person, or the choice of a language again
    LOCALE-person.xml  rings a person, then gives the clinic's number twice
    goodbye.xml        the clinic's number once more, in every language
    sms.xml            the answer to a text: we failed, the number, the emergency number
    audio/             the clips
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from twilio.twiml.voice_response import Gather, VoiceResponse

from voice import dialog, lists, thread, twiml
from voice.dialog import State
from voice.script import Script, Utterance
from voice.speech.clips import Manifest, write_whole
from voice.twiml import ClipAddress, say_all

ENTRY: Final = "voice.xml"
TEXTS: Final = "sms.xml"
AUDIO: Final = "audio"

SIGNS: Final = "symptom"
"""The tag of topics with signs to act on."""

QUESTION_SECONDS: Final = 10
"""How long a question waits: as long as the line's own first try (rule 49)."""
BETWEEN_SECONDS: Final = 1
"""The silence between one thing said and the next."""


def documents(script: Script, sound: ClipAddress) -> dict[str, bytes]:
    """Return every document by its name in the folder; first the one that shows whose it is."""
    made = {ENTRY: _opening(script, sound), **dict(_topics(script, sound))}
    made["language.xml"] = _language(script, sound, script.locales)
    for count in range(2, len(script.locales)):
        made[f"language-{count}.xml"] = _language(script, sound, script.locales[-count:])
    for locale in script.locales:
        made[f"{locale}-help.xml"] = _help(script, sound, locale)
        made[f"{locale}-person.xml"] = _person(script, sound, locale)
    made["goodbye.xml"] = _goodbye(script, sound)
    made[TEXTS] = twiml.messages([thread.apology(script, locale) for locale in script.locales])
    return made


def write(script: Script, manifest: Manifest, audio: Path, folder: Path) -> tuple[Utterance, ...]:
    """Write the documents and their clips into `folder`; what has no clip and is read out instead.

    Files are replaced whole, clips before the documents that play them, so that a folder which is
    being served can be written again. Raises OSError.
    """
    (folder / AUDIO).mkdir(parents=True, exist_ok=True)
    needed: dict[str, None] = {}
    unspoken: dict[Utterance, None] = {}

    def sound(utterance: Utterance) -> str | None:
        clip = manifest.clip(utterance)
        if clip is None:
            unspoken[utterance] = None
            return None
        needed[clip.name] = None
        return f"{AUDIO}/{clip.name}"

    made = documents(script, sound)
    for name in needed:
        _copy(audio / name, folder / AUDIO / name)
    for name, document in made.items():
        write_whole(folder / name, document)
    return tuple(unspoken)


def _copy(clip: Path, path: Path) -> None:
    """Have the same clip at a path; one that is there already, and may be playing, is left."""
    content = clip.read_bytes()
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)


def order(script: Script) -> tuple[str, ...]:
    """Return the topics as they follow one another: warning signs first, then the menu's order.

    Warning signs are what stands behind a main key alone and is tagged so; `check` asks for one.
    """
    alone = {option.topics[0] for option in script.options if len(option.topics) == 1}
    first = {topic for topic in alone if SIGNS in script.topics[topic].tags}
    return tuple(sorted(script.topics, key=lambda topic: topic not in first))


# The documents -----------------------------------------------------------------------------------


def _opening(script: Script, sound: ClipAddress) -> bytes:
    """The emergency number first; a key skips it, as it does on the line."""
    response = VoiceResponse()
    emergency = _opening_words(script)[: len(script.locales)]
    response.append(_keys("language.xml", "", BETWEEN_SECONDS, emergency, sound))
    for locale in script.locales:
        sorry = _says(script, "apology", locale)
        person = f"{locale}-person.xml"
        response.append(_keys(person, script.keys["skip"], BETWEEN_SECONDS, sorry, sound))
    return _then(response, "language.xml")


def _opening_words(script: Script) -> Sequence[Utterance]:
    """The emergency sentence in each locale, then each locale's key."""
    return _says(script, "opening", script.locales[0])


def _language(script: Script, sound: ClipAddress, left: Sequence[str]) -> bytes:
    """Ask for one of the locales left: the first one's key, or silence, goes on in it."""
    rest = left[1:]
    if not rest:
        return _then(VoiceResponse(), _first(script, left[0]))
    asked = [one for one in _opening_words(script)[len(script.locales) :] if one.locale in left]
    other = _first(script, rest[0]) if len(rest) == 1 else f"language-{len(rest)}.xml"
    key = lists.keys_to(script, script.locales, left[0])[0]
    response = VoiceResponse()
    response.append(_keys(other, key, QUESTION_SECONDS, asked, sound))
    return _then(response, _first(script, left[0]))


def _topics(script: Script, sound: ClipAddress) -> Iterator[tuple[str, bytes]]:
    """Every topic of every locale, each with the one it goes on with."""
    chain = [(locale, topic) for locale in script.locales for topic in order(script)]
    names = [f"{locale}-{topic}.xml" for locale, topic in chain]
    for (locale, topic), name, following in zip(
        chain, names, [*names[1:], "goodbye.xml"], strict=True
    ):
        response = VoiceResponse()
        parts = range(1, len(dialog.topic_parts(script, topic, locale)) + 1)
        says = [one for n in parts for one in _says(script, f"topic.{topic}.{n}", locale)]
        aside = f"{locale}-help.xml"
        response.append(_keys(aside, script.keys["skip"], BETWEEN_SECONDS, says, sound))
        yield name, _then(response, following)


def _help(script: Script, sound: ClipAddress, locale: str) -> bytes:
    """A key that cannot be told from others: offer a person, then the languages."""
    offer = [one for one in _says(script, "main", locale) if one.words == _offer(script, locale)]
    response = VoiceResponse()
    person = f"{locale}-person.xml"
    response.append(_keys(person, script.keys["skip"], QUESTION_SECONDS, offer, sound))
    return _then(response, "language.xml")


def _offer(script: Script, locale: str) -> str:
    return dialog.prompt(script, locale, "person", script.keys["person"])


def _person(script: Script, sound: ClipAddress, locale: str) -> bytes:
    """Ring a person. Whether they answered cannot be told, so what follows is true either way."""
    response = VoiceResponse()
    say_all(response, _says(script, "transfer", locale), sound)
    caller_id = script.line.line_phone.dialled
    dial = response.dial(timeout=twiml.DIAL_SECONDS, caller_id=caller_id)
    dial.number(script.line.person.dialled)
    say_all(response, _says(script, "goodbye", locale), sound)
    response.hangup()
    return str(response).encode()


def _goodbye(script: Script, sound: ClipAddress) -> bytes:
    response = VoiceResponse()
    for locale in script.locales:
        say_all(response, _says(script, "goodbye", locale), sound)
    response.hangup()
    return str(response).encode()


# Their parts -------------------------------------------------------------------------------------


def _says(script: Script, place: str, locale: str) -> Sequence[Utterance]:
    """What the line itself says in a place, so that its clips serve here too."""
    return dialog.reply(script, State(place, locale, "normal")).says


def _first(script: Script, locale: str) -> str:
    return f"{locale}-{order(script)[0]}.xml"


def _keys(
    action: str, finish: str, wait: int, says: Sequence[Utterance], sound: ClipAddress
) -> Gather:
    """Say something that a key stops: `finish` goes on, any other key goes to `action`."""
    gather = Gather(
        input="dtmf", num_digits=1, finish_on_key=finish, timeout=wait, action=action, method="GET"
    )
    say_all(gather, says, sound)
    return gather


def _then(response: VoiceResponse, address: str) -> bytes:
    response.redirect(address, method="GET")
    return str(response).encode()
