"""Every utterance and text of a script as plain rows: what `scripts --json` prints.

A text made around a subject that patients choose ("Play this to hear: …", "Did you mean …") is one
row, with the subjects that make it longest. Links in texts are without the line's host.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from voice.dialog import State, topic_parts
from voice.release import utterances
from voice.script import Script, Utterance
from voice.speech.clips import Manifest
from voice.thread import all_texts


@dataclass(frozen=True)
class Row:
    """One utterance of a call, or one text message, as patients get it.

    `node` is the place of the call that says it first, or the text's name. `part` counts the
    spoken parts, or the texts, of a topic from 1. `clip` and `seconds` are None where no clip is
    made yet; `digest` then names the words alone.
    """

    channel: str
    locale: str
    topic: str | None
    node: str
    part: int | None
    pace: str | None
    words: str
    digest: str
    clip: str | None
    seconds: float | None


def rows(script: Script, manifest: Manifest) -> Iterator[Row]:
    """Yield every utterance in the order a caller meets them, then the texts.

    Texts that differ only by the subjects they name are one row, an example.
    """
    for utterance, state in utterances(script).items():
        yield _spoken(script, manifest, utterance, state)
    for locale, topic, name, words in all_texts(script):
        part = int(name.removeprefix("text ")) if topic else None
        node = "text" if topic else name
        yield Row(
            "message", locale, topic or None, node, part, None, words, _digest(words), None, None
        )


def _spoken(script: Script, manifest: Manifest, utterance: Utterance, state: State) -> Row:
    topic, part = _topic_part(script, utterance, state)
    clip = manifest.clip(utterance)
    return Row(
        channel="call",
        locale=utterance.locale,
        topic=topic,
        node="title" if topic and part is None else state.place,
        part=part,
        pace=utterance.pace,
        words=utterance.words,
        digest=clip.digest if clip else _digest(utterance.words),
        clip=clip.name if clip else None,
        seconds=clip.seconds if clip else None,
    )


def _topic_part(
    script: Script, utterance: Utterance, state: State
) -> tuple[str | None, int | None]:
    kind, _, rest = state.place.partition(".")
    if kind != "topic":
        return None, None
    topic = rest.split(".")[0]
    parts = topic_parts(script, topic, utterance.locale)
    if utterance.words in parts:
        return topic, parts.index(utterance.words) + 1
    title = f"{script.topics[topic].wording[utterance.locale].title}."
    return (topic, None) if utterance.words == title else (None, None)


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()[:16]
