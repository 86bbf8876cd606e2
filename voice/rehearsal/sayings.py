"""What the line says of a subject, clip by clip. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from voice.dialog import State, reply
from voice.dialog.moves import menu_with
from voice.release import utterances
from voice.script import Pace, Script, Utterance
from voice.speech.lexicon import entries_used
from voice.words import placeholders

Sort = Literal["title", "part", "menu", "other"]

TOPIC: Final = "topics/"
"""How the name of a topic's subject begins."""
CLINIC: Final = ("clinic", "address", "hours", "phone", "line_phone", "text_number")
_MENUS: Final = ("opening", "welcome", "main", "menu", "language")


@dataclass(frozen=True)
class Saying:
    """Words that one clip says. `number` counts the parts of a topic from 1, of `count`."""

    sort: Sort
    words: str
    locale: str
    lead: int
    number: int = 0
    count: int = 0

    def at(self, pace: Pace) -> Utterance:
        """Return them as they are spoken at a pace."""
        return Utterance(self.words, self.locale, pace, self.lead)


def sayings(draft: Script, live: Script, subject: str) -> tuple[Saying, ...]:
    """Return what is said of a subject in every locale, in the order of the locales.

    Of the lexicon it is what sounds different in `draft` and in `live`.
    """
    topic = draft.topics.get(subject.removeprefix(TOPIC)) if subject.startswith(TOPIC) else None
    if topic is not None:
        return tuple(one for locale in draft.locales for one in _of_topic(draft, topic.id, locale))
    belongs = _tests(draft, live).get(subject)
    return _in_order(draft, belongs) if belongs else ()


def _of_topic(script: Script, topic: str, locale: str) -> Iterator[Saying]:
    count = len(script.topics[topic].wording[locale].parts)
    for number in range(1, count + 1):
        state = State(f"topic.{topic}.{number}", locale, "normal")
        *titles, part = reply(script, state).says
        for title in titles:
            yield Saying("title", title.words, locale, title.lead)
        yield Saying("part", part.words, locale, part.lead, number, count)
    for option in script.options:
        if topic in option.topics and len(option.topics) > 1:
            menu = reply(script, State(menu_with(script, topic), locale, "normal")).says[-1]
            yield Saying("menu", menu.words, locale, menu.lead)


Belongs = Callable[[Utterance, State], bool]


def _tests(draft: Script, live: Script) -> dict[str, Belongs]:
    """Return what tells, of each subject that is no topic, whether words belong to it."""
    digits = {one: set(draft.prompts[one].words["digits"]) for one in draft.locales}
    clinic = {one: _clinic(draft, one) for one in draft.locales}

    def of_prompts(said: Utterance, state: State) -> bool:
        return state.kind not in ("topic", "menu") and said.words not in digits[said.locale]

    def of_menu(_: Utterance, state: State) -> bool:
        return state.kind in _MENUS

    def of_clinic(said: Utterance, _: State) -> bool:
        return any(value in said.words for value in clinic[said.locale])

    def of_lexicon(said: Utterance, _: State) -> bool:
        return says_otherwise(said, draft, live)

    tests = {"prompts": of_prompts, "menu": of_menu, "clinic": of_clinic, "lexicon": of_lexicon}
    return tests


def says_otherwise(said: Utterance, draft: Script, live: Script) -> bool:
    """Whether the two scripts' lexicons have the same words said in different ways."""
    return draft.lexicon != live.lexicon and entries_used(
        said.words, said.locale, draft.lexicon
    ) != entries_used(said.words, said.locale, live.lexicon)


def _clinic(script: Script, locale: str) -> tuple[str, ...]:
    values = placeholders(script, locale, "call")
    return tuple(values[name] for name in CLINIC if values[name])


def _in_order(script: Script, belongs: Belongs) -> tuple[Saying, ...]:
    """Return each wording once, whatever the silence before it."""
    found = (one for one, state in utterances(script).items() if belongs(one, state))
    mine = _once(one for one in found if one.pace == "normal")
    return tuple(one for locale in script.locales for one in mine if one.locale == locale)


def _once(said: Iterable[Utterance]) -> tuple[Saying, ...]:
    first: dict[tuple[str, str], Saying] = {}
    for one in said:
        first.setdefault((one.words, one.locale), Saying("other", one.words, one.locale, one.lead))
    return tuple(first.values())
