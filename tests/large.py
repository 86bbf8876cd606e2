"""A script of many subjects and languages, as files: what a hospital group might write."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit

MORE = "fr-CA de-DE it-IT pt-BR pl-PL vi-VN tl-PH ko-KR ru-RU zh-CN ar-EG hi-IN".split()
"""Languages after the first two, as they are added."""


def with_languages(files: Mapping[str, str], many: int) -> dict[str, str]:
    """The files with so many languages; a new one says what English does."""
    new = MORE[: many - 2]
    return {name: _spread(text, new) if "en-US" in text else text for name, text in files.items()}


def with_subjects(files: Mapping[str, str], like: str, many: int) -> dict[str, str]:
    """The files with so many more subjects `like` one, at the end of its option."""
    ids = [f"{like}-{number}" for number in range(1, many + 1)]
    text = files[f"topics/{like}.toml"]
    menu: Any = tomlkit.parse(files["menu.toml"])
    option = next(option for option in menu["option"] if like in option["topics"])
    option["topics"] = [*option["topics"], *ids]
    more = {f"topics/{id}.toml": text for id in ids}
    return {**files, **more, "menu.toml": tomlkit.dumps(menu)}


def _spread(text: str, new: list[str]) -> str:
    table = tomllib.loads(text)
    _into(table, new)
    return "".join(f"{json.dumps(key)} = {_written(value)}\n" for key, value in table.items())


def _written(value: Any) -> str:
    """A value in one line, as TOML has it; of a megabyte, tomlkit takes ten seconds."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {_written(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)


def _into(table: dict[str, Any], new: list[str]) -> None:
    """Give every table that speaks English the new languages."""
    for key, value in tuple(table.items()):
        rows = value if isinstance(value, list) else [value]
        if key == "locales":
            table[key] = [*value, *new]
        elif key == "en-US":
            table.update(dict.fromkeys(new, value))
        else:
            for row in rows:
                if isinstance(row, dict):
                    _into(row, new)
