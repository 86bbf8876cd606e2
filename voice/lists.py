"""What a list offers at which key: as much as there are keys, and what is left after `#`.

Keys that mean the same everywhere choose nothing, so five subjects or languages are heard at once;
the key that skips ahead leads to the next ones, and from the last to the first.
"""

from collections.abc import Sequence
from math import ceil

from voice.script import Script


def choosing(script: Script) -> tuple[str, ...]:
    """Return the keys that choose from a list: those of 1 to 9 that mean nothing else."""
    return tuple(key for key in "123456789" if key not in script.keys.values())


def offered(script: Script, things: Sequence[str], page: int) -> dict[str, str]:
    """Return what a page of a list offers, by the key that chooses it; pages count from 1."""
    keys = choosing(script)
    return dict(zip(keys, things[(page - 1) * len(keys) :], strict=False))


def topics_of(script: Script, key: str) -> tuple[str, ...]:
    """Return the topics behind a main option's key, none if no option has it."""
    return next((option.topics for option in script.options if option.key == key), ())


def topics_at(script: Script, place: str) -> dict[str, str]:
    """Return the topics a menu's page offers, by the keys that choose them; none elsewhere."""
    if not place.startswith("menu."):
        return {}
    menu, page = split(place)
    return offered(script, topics_of(script, menu.removeprefix("menu.")), page)


def next_topics(script: Script, place: str) -> str:
    """Return the place of the next page of a menu, "" where there is none."""
    if not place.startswith("menu."):
        return ""
    after = turned(script, place, topics_of(script, place.split(".")[1]))
    return after if after != place else ""


def keys_to(script: Script, things: Sequence[str], thing: str) -> tuple[str, ...]:
    """Return the keys that lead to something in a list, from its first page."""
    page = page_of(script, things, thing)
    key = next(key for key, one in offered(script, things, page).items() if one == thing)
    return (*[script.keys["skip"]] * (page - 1), key)


def page_of(script: Script, things: Sequence[str], thing: str) -> int:
    """Return the page something stands on."""
    return things.index(thing) // len(choosing(script)) + 1


def paged(place: str, page: int) -> str:
    """Return the address of a page of the list that begins at a place: "menu.2", "menu.2.3"."""
    return place if page == 1 else f"{place}.{page}"


def split(place: str) -> tuple[str, int]:
    """Return where a list begins, and the page of a place in it."""
    parts = place.split(".")
    own = 2 if parts[0] == "menu" else 1
    return ".".join(parts[:own]), int(parts[own]) if len(parts) > own else 1


def pages(script: Script, first: str, things: Sequence[str]) -> tuple[str, ...]:
    """Return the places of a list's pages; one where it is empty, as in a line that is off."""
    many = max(1, ceil(len(things) / len(choosing(script))))
    return tuple(paged(first, page) for page in range(1, many + 1))


def turned(script: Script, place: str, things: Sequence[str]) -> str:
    """Return the next page of a list; from the last, the first."""
    first, page = split(place)
    places = pages(script, first, things)
    return places[page % len(places)]
