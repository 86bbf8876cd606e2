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


def left(script: Script, things: Sequence[str], page: int) -> Sequence[str]:
    """Return what is offered on later pages."""
    return things[page * len(choosing(script)) :]


def keys_to(script: Script, things: Sequence[str], thing: str) -> tuple[str, ...]:
    """Return the keys that lead to something in a list, from its first page."""
    keys = choosing(script)
    page, place = divmod(things.index(thing), len(keys))
    return (*[script.keys["skip"]] * page, keys[place])


def page_of(script: Script, things: Sequence[str], thing: str) -> int:
    """Return the page something stands on."""
    return len(keys_to(script, things, thing))


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
