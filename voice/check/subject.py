"""The problems of one subject alone, as quickly as somebody types."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from voice.check.facts import facts
from voice.check.menus import menus
from voice.check.pages import pages
from voice.check.problem import Problem, in_order
from voice.check.prompts import prompts
from voice.check.report import clinic, languages_of, loaded, taught_words
from voice.check.texts import texts
from voice.check.topics import topics
from voice.check.wording import wording
from voice.plain.language import Language
from voice.script import Script

TOPIC = "topics/"
MENU, PROMPTS = "menu.toml", "prompts.toml"


def subject_problems(
    files: Mapping[str, str], own: frozenset[str], today: date
) -> tuple[Script | None, tuple[Problem, ...]]:
    """Return what can be read of these files, and every problem of the files named `own`.

    The rules on all subjects together are left to `check`.
    """
    script, found = loaded(files)
    if script is not None:
        found += tuple(_problems(script, own, today))
    return script, in_order(one for one in found if one.file in own)


def _problems(script: Script, own: frozenset[str], today: date) -> Iterator[Problem]:
    topic = next((name[len(TOPIC) : -len(".toml")] for name in own if name.startswith(TOPIC)), "")
    languages, _ = languages_of(script)
    if topic in script.topics:
        yield from _of_topic(script, topic, languages, today)
    elif PROMPTS in own:
        bare = replace(script, topics={}, options=())
        yield from wording(bare, languages)
        yield from (*prompts(script, languages), *texts(script, languages))
    elif MENU in own:
        bare = _silent(replace(script, topics={}))
        yield from (*wording(bare, languages), *menus(script, languages))
    elif not topic:
        yield from (*clinic(script, today), *taught_words(script), *menus(script, languages))
        yield from (*texts(script, languages), *pages(script))


def _of_topic(
    script: Script, topic: str, languages: dict[str, Language], today: date
) -> Iterator[Problem]:
    mine = replace(script, topics={topic: script.topics[topic]}, options=())
    bare = alone(script, topic)
    yield from wording(bare, languages)
    yield from (*topics(bare, languages, today), *facts(bare))
    yield from texts(mine, languages)
    yield from menus(script, languages)


def alone(script: Script, topic: str) -> Script:
    """Return a script with one topic and nothing else that is said."""
    return _silent(replace(script, topics={topic: script.topics[topic]}, options=()))


def _silent(script: Script) -> Script:
    """Leave out what the line says itself, but how it asks for a key."""
    quiet = {
        name: replace(one, call={"option": one.call.get("option", "")}, message={})
        for name, one in script.prompts.items()
    }
    return replace(script, prompts=quiet)
