"""What is switched off: a subject, or the whole line, says only how to reach the clinic. Pure.

A switch works on the script as it is read for serving, whatever release that is from; rolling a
release back does not switch anything on again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from voice.script import Option, OptionWording, Prompts, Script, Topic, Wording

LINE_OFF: Final = "line-off"
"""The only subject of a line that is off."""

_CALL: Final = ("welcome", "main_menu")
_MESSAGE: Final = ("menu", "submenu", "unknown", "did_you_mean", "no_more", "thanks")
"""What offers subjects, which a line that is off does not have."""


@dataclass(frozen=True)
class Off:
    """What is switched off."""

    topics: frozenset[str] = frozenset()
    line: bool = False


ON: Final = Off()


def switched(script: Script, off: Off) -> Script:
    """Return the script without what is off."""
    if off.line:
        return _line_off(script)
    topics = {
        name: replace(topic, wording=_subject_off(script, topic)) if name in off.topics else topic
        for name, topic in script.topics.items()
    }
    return replace(script, topics=topics) if off.topics & topics.keys() else script


def expired(script: Script, today: date) -> frozenset[str]:
    """Return the topics that were to be read again before today."""
    return frozenset(topic.id for topic in script.topics.values() if topic.review_by < today)


def ways_off(script: Script) -> tuple[Off, ...]:
    """Return each way in which everything is off: their clips must be there beforehand."""
    return Off(frozenset(script.topics)), Off(line=True)


def variants(script: Script) -> tuple[Script, ...]:
    """Return the script with everything off, in each way."""
    return tuple(switched(script, off) for off in ways_off(script))


def _words(script: Script, locale: str) -> Mapping[str, str]:
    """Return what is said instead; scripts without words for it say how to reach a person."""
    person = script.prompts[locale].message["person"]
    plain = {"subject": person, "line": person, "call": person, "again": person}
    plain |= {"subject_text": person, "line_text": person}
    plain |= dict.fromkeys(("option", "option_text"), script.line.name[locale])
    written: Mapping[str, str] = script.pages.get(locale, {}).get("off", {})
    return {**plain, **written}


def _said(script: Script, locale: str, what: str, like: Wording) -> Wording:
    """Return a wording that says what is off, what to do in an emergency, and whom to call."""
    words = _words(script, locale)
    emergency = script.prompts[locale].call["emergency"]
    return replace(
        like,
        main_message=words[what],
        parts=(f"{emergency}\n{words['call']}",),
        action=words["again"],
        texts=(words[f"{what}_text"],),
    )


def _subject_off(script: Script, topic: Topic) -> dict[str, Wording]:
    return {
        locale: _said(script, locale, "subject", wording)
        for locale, wording in topic.wording.items()
    }


def _line_off(script: Script) -> Script:
    locales = script.locales
    topic = Topic(LINE_OFF, (), (), date.max, {one: _line(script, one) for one in locales}, {})
    wording = {one: _option(_words(script, one)) for one in locales}
    return replace(
        script,
        topics={LINE_OFF: topic},
        options=(Option(script.options[0].key, (LINE_OFF,), wording),),
        prompts={one: _prompts(script, one) for one in locales},
    )


def _line(script: Script, locale: str) -> Wording:
    words = _words(script, locale)
    name = words["option_text"]
    return _said(
        script, locale, "line", Wording(name, words["option"], (name,), (), "", (), "", ())
    )


def _option(words: Mapping[str, str]) -> OptionWording:
    return OptionWording(words["option"], words["option_text"], ())


def _prompts(script: Script, locale: str) -> Prompts:
    words, prompts = _words(script, locale), script.prompts[locale]
    said = f"{words['line']} {words['call']} {words['again']}"
    return replace(
        prompts,
        call={**prompts.call, **dict.fromkeys(_CALL, said)},
        message={**prompts.message, **dict.fromkeys(_MESSAGE, words["line_text"])},
    )
