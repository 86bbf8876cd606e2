"""What is written, reviewed and signed together, and the digest of its exact words."""

import json
import unicodedata
from collections.abc import Mapping
from hashlib import sha256

from voice.draft.field import Field
from voice.draft.fields import TOPICS, fields, read
from voice.script import Script, Topic, wording_digest

_FILES: Mapping[str, str] = {
    "prompts.toml": "prompts",
    "menu.toml": "menu",
    "line.toml": "clinic",
    "words.toml": "words",
    "questions.toml": "words",
    "lexicon.toml": "lexicon",
    "pages.toml": "pages",
}
_SPOKEN = ("prompts", "menu", "clinic", "lexicon")
"""The subjects beside topics that are heard in calls."""


def subject_of(field: Field) -> str:
    """Return the subject a field belongs to: "topics/risks", "prompts", "clinic" and the like."""
    return _FILES.get(field.file) or field.file.removesuffix(".toml")


def subjects(script: Script) -> tuple[str, ...]:
    """Return every subject: the topics in the menu's order, then what the line says itself."""
    others = (name for file, name in _FILES.items() if file in script.files)
    return (*(f"{TOPICS}{topic}" for topic in script.topics), *dict.fromkeys(others))


def spoken(script: Script) -> tuple[str, ...]:
    """Return the subjects that are heard in calls."""
    return tuple(one for one in subjects(script) if one.startswith(TOPICS) or one in _SPOKEN)


def topic_of(script: Script, subject: str) -> Topic | None:
    """Return the topic that a subject is, None for any other."""
    return script.topics.get(subject.removeprefix(TOPICS)) if subject.startswith(TOPICS) else None


def digest(script: Script, subject: str, locale: str) -> str:
    """Return 16 hex digits of a subject's exact words in a locale.

    Of a topic they are those a sign-off in its file names.
    """
    topic = topic_of(script, subject)
    if topic is not None:
        return wording_digest(topic, locale)
    mine = [one for one in fields(script.files) if subject_of(one) == subject]
    words = {one.id: read(script.files, one) for one in mine if one.concerns(locale)}
    canonical = json.dumps({"locale": locale, "words": words}, sort_keys=True, ensure_ascii=False)
    return sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()[:16]
