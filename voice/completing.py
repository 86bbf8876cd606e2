"""An older release made whole: words that a newer program asks for, from scripts/. Pure.

What staff wrote stays to the letter; only tables and texts they do not have are added.
"""

import re
from collections.abc import Mapping, MutableMapping
from copy import deepcopy
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from voice.script import LOCALE, Script, ScriptError, parse

FILES: Final = ("prompts.toml", "words.toml", "pages.toml", "plain.toml")
"""Files in which a new version may ask for words that no staff could have written yet."""

_NOTE: Final = "release {}, with words that this version of the line needs"


def note(number: int) -> str:
    """Return the note of a release that completes this one."""
    return _NOTE.format(number)


def completes(note: str) -> int | None:
    """Return the number of the release that one with this note completes; None if it does not."""
    found = re.fullmatch(_NOTE.format(r"(\d+)"), note)
    return int(found[1]) if found else None


def whole(files: Mapping[str, str], shipped: Mapping[str, str]) -> Script:
    """Read a release's files, completed from `shipped` if they cannot be read as they are.

    Raises ScriptError, the one of the files themselves, where that does not help.
    """
    try:
        return parse(files)
    except ScriptError as problem:
        try:
            return parse(completed(files, shipped))
        except (ScriptError, TOMLKitError):
            raise problem from None


def completed(files: Mapping[str, str], shipped: Mapping[str, str]) -> dict[str, str]:
    """Return the files with what only `shipped` has, in the languages they have."""
    made = dict(files)
    locales = tomlkit.parse(files["line.toml"])["languages"]["locales"]
    for name in FILES:
        if name in files and name in shipped:
            document = tomlkit.parse(files[name])
            _add(document, tomlkit.parse(shipped[name]), tuple(map(str, locales)))
            made[name] = tomlkit.dumps(document)
    return made


def _add(
    have: MutableMapping[str, Any], given: Mapping[str, Any], locales: tuple[str, ...]
) -> None:
    for key, value in given.items():
        if LOCALE.fullmatch(key) and key not in locales:
            continue
        if key not in have:
            have[key] = deepcopy(value)
        elif isinstance(value, Mapping) and isinstance(have[key], MutableMapping):
            _add(have[key], value, locales)
