"""The map of the call: what lies above, behind and after a place."""

from voice import lists
from voice.dialog.state import parts_of, resumed
from voice.script import Option, Script

QUESTIONS_IN_ALL = ("opening", "language")
"""Questions asked in every language, because none is chosen yet."""
STAYS = ("main", "menu", "topic", "after", "text")
"""Places where a change of language keeps the caller; those of a call-back do, too."""


def option_of(script: Script, topic: str) -> Option:
    """Return the option of the main menu that a topic stands under."""
    return next(option for option in script.options if topic in option.topics)


def opens(script: Script, key: str) -> str:
    """Return the place a key of the main menu opens: a menu, or its only topic."""
    topics = lists.topics_of(script, key)
    return f"menu.{key}" if len(topics) > 1 else f"topic.{topics[0]}.1"


def menu_with(script: Script, topic: str) -> str:
    """Return the menu that offers a topic; the main menu for one that is offered there directly."""
    option = option_of(script, topic)
    page = lists.page_of(script, option.topics, topic)
    return lists.paged(f"menu.{option.key}", page) if len(option.topics) > 1 else "main"


def back(script: Script, place: str) -> str:
    """Return one level up; twice is always the main menu."""
    kind, _, rest = place.partition(".")
    if kind in ("topic", "after", "text"):
        return menu_with(script, rest.split(".")[0])
    return "language" if kind in ("language", "opening", "offer-all", "goodbye-all") else "main"


def skip(script: Script, place: str) -> str:
    """Return what comes next for a caller who does not want to wait for it."""
    kind, _, rest = place.partition(".")
    match kind:
        case "topic":
            return onward(script, place)
        case "text":
            return f"after.{rest}"
        case "after":
            topics = tuple(script.topics)
            return f"topic.{topics[(topics.index(rest) + 1) % len(topics)]}.1"
        case "language" | "menu":
            topics = lists.topics_of(script, rest.partition(".")[0])
            return lists.turned(script, place, topics if kind == "menu" else script.locales)
        case "opening":
            return lists.turned(script, "language", script.locales)
        case "offer-all":
            return "language"
        case "ring":
            return place
    return place if kind.startswith("callback") else "main"


def onward(script: Script, place: str) -> str:
    """Return what follows a part of a topic when nobody presses a key."""
    _, topic, part = place.split(".")
    last = parts_of(script, topic)
    return f"after.{topic}" if int(part) >= last else f"topic.{topic}.{int(part) + 1}"


def again(place: str) -> str:
    """Return what "again" repeats: after a topic the topic itself, otherwise what was just said."""
    kind, _, topic = place.partition(".")
    return f"topic.{topic}.1" if kind == "after" else place


def translated(place: str) -> str:
    """Return where a caller goes on in the language they just asked for."""
    kind = resumed(place).split(".")[0]
    if kind in STAYS or kind.startswith("callback"):
        return resumed(place)
    return "welcome" if kind in QUESTIONS_IN_ALL else "main"
