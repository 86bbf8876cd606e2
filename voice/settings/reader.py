"""The environment while it is read: each value, and everything that is wrong with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voice import secrets
from voice.settings.addresses import (
    bind_problem,
    database_problem,
    is_loopback,
    public_url_problem,
)

DATABASE: Final = "line.db"
# Shorter keys can be guessed; the ones made here are 64 characters long.
KEY_LENGTH: Final = 16
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SPEECH = ("SPEECH_", "ESPEAK_", "GTTS_", "PIPER_")

_FOUND_AGAIN: Final = (
    "bring that file back, every backup has it, or give SECRET_KEY and CONTACT_KEY as they were; "
    "under new ones no opt-out would be found"
)


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used as it is."""

    name: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} {self.what}: {self.remedy}"


@dataclass(frozen=True)
class Reader:
    """The environment while it is read, and what was found wrong with it so far."""

    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, name: str, what: str, remedy: str) -> None:
        """Note a problem; reading goes on."""
        self.problems.append(Problem(name, what, remedy))

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of the words allowed; the first where none is given."""
        value = self.values.get(name, allowed[0]).lower()
        if value not in allowed:
            self.wrong(name, f"is {value!r}", f"use {' or '.join(allowed)}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within these bounds."""
        text = self.values.get(name, str(default))
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        if least <= value <= most:
            return value
        self.wrong(name, f"is {text!r}", f"use a whole number from {least} to {most}")
        return default

    def folder(self, name: str, default: Path) -> Path:
        """A folder's absolute path."""
        path = Path(self.values.get(name, default)).expanduser().absolute()
        if path.exists() and not path.is_dir():
            self.wrong(name, f"is {str(path)!r}, a file", "name a folder")
        return path

    def secret(self, name: str, least: int = 1) -> str:
        """A secret's text, "" where none is given; nothing of it is ever repeated."""
        value = self.values.get(name, "")
        if value and not _is_plain(value):
            self.wrong(name, "holds a space or a special sign", "copy it again")
        elif value and len(value) < least:
            self.wrong(name, f"is shorter than {least} characters", "use a longer random text")
        return value

    def tokens(self) -> tuple[str, ...]:
        """Twilio's auth tokens that count, the one in use first."""
        current = self.secret("TWILIO_AUTH_TOKEN")
        previous = self.secret("TWILIO_AUTH_TOKEN_PREVIOUS")
        if previous and not current:
            self.wrong(
                "TWILIO_AUTH_TOKEN_PREVIOUS",
                "is given without TWILIO_AUTH_TOKEN",
                "set TWILIO_AUTH_TOKEN to the token in use",
            )
        return tuple(dict.fromkeys(token for token in (current, previous) if token))

    def account(self) -> str:
        """The Twilio account's sid."""
        sid = self.secret("TWILIO_ACCOUNT_SID")
        if sid and not _ACCOUNT.fullmatch(sid):
            remedy = "copy the one of 34 characters that starts with AC from Twilio's console"
            self.wrong("TWILIO_ACCOUNT_SID", "is not an account SID", remedy)
        return sid

    def speech(self) -> dict[str, str]:
        """The settings of the engines, which read them themselves when clips are made."""
        given = {name: text for name, text in self.values.items() if name.startswith(_SPEECH)}
        if not given:
            return given
        # The process in front reads settings, too, and its workers carry what it loads.
        from voice.speech.engine import faults

        for fault in faults(given):
            remedy = fault.remedy[:1].lower() + fault.remedy[1:].rstrip(".")
            self.wrong(fault.setting, f"is {fault.value!r}", remedy)
        return given

    def public_url(self, default: str) -> str:
        """The address Twilio calls, without a slash at its end."""
        url = self.values.get("PUBLIC_URL", default)
        problem = public_url_problem(url)
        if problem:
            self.wrong("PUBLIC_URL", *problem)
        return url.rstrip("/")

    def bind(self, public_url: str) -> str:
        """The address to listen on, "" where none is given."""
        address = self.values.get("BIND", "")
        problem = bind_problem(address, is_loopback(public_url)) if address else None
        if problem:
            self.wrong("BIND", *problem)
        return address

    def database(self, instance: Path) -> str:
        """The store's address; an SQLite file in the instance folder where none is given."""
        given = self.values.get("DATABASE_URL", "")
        kind, _, rest = given.partition("://")
        url = f"postgresql://{rest}" if kind == "postgres" else given
        problem = database_problem(url) if url else None
        if problem:
            self.wrong("DATABASE_URL", *problem)
        return url or f"sqlite:///{instance / DATABASE}"

    def keys(
        self, instance: Path, database: str, randomness: Callable[[int], bytes]
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """The secret keys and the contact keys, the ones in use first.

        Given, else made once beside the SQLite file; keys that were in use before come after.
        """
        given = {
            name: self.secret(name, least=KEY_LENGTH) for name in ("SECRET_KEY", "CONTACT_KEY")
        }
        made = self._made(instance, given, _file_of(database), randomness)
        secret_key = self._all("SECRET_KEY", made.secret_key if made else "")
        contact_key = self._all("CONTACT_KEY", made.contact_key if made else "")
        return secret_key or (b"",), contact_key

    def _all(self, name: str, made: str) -> tuple[bytes, ...]:
        """A key, those before it, and the one made here, each once."""
        older = self._older(f"{name}_PREVIOUS")
        found = dict.fromkeys((self.values.get(name, ""), *older, made))
        return tuple(key.encode("utf-8", "replace") for key in found if key)

    def _older(self, name: str) -> tuple[str, ...]:
        """Keys that were in use before: a piece of one would open nothing, and find no opt-out."""
        keys = tuple(key for key in map(str.strip, self.values.get(name, "").split(",")) if key)
        if not all(_is_plain(key) and len(key) >= KEY_LENGTH for key in keys):
            what = f"holds a key shorter than {KEY_LENGTH} characters, or with an odd character"
            self.wrong(name, what, "copy each in full, with commas between them")
        return keys

    def _made(
        self,
        instance: Path,
        given: Mapping[str, str],
        store: Path | None,
        randomness: Callable[[int], bytes],
    ) -> secrets.Keys | None:
        lacking = [name for name, value in given.items() if not value]
        try:
            if lacking and store:
                return secrets.keep(instance, randomness, store)
            made = secrets.kept(instance)
            for name in lacking:
                self.wrong(name, "is not given", _same_for_all(name, instance if made else None))
            return made
        except secrets.KeysLost as problem:
            self.wrong("INSTANCE", f"has lost its keys ({problem})", _FOUND_AGAIN)
            return None
        except secrets.SecretsError as problem:
            self.wrong("INSTANCE", f"cannot keep keys ({problem})", "name a folder to write in")
            return None


def _file_of(database: str) -> Path | None:
    """The file of a store on SQLite; None for one that machines share."""
    if database.startswith("postgres"):
        return None
    return Path(database.partition(":///")[2].partition("?")[0])


def _same_for_all(name: str, made_in: Path | None) -> str:
    """What to do about a key that is not given: one that was made here goes on everywhere."""
    one = f"{name.lower()} of {made_in / secrets.FILE}" if made_in else "the same long random text"
    return f"machines that share a database share one; give each {one}"


def _is_plain(secret: str) -> bool:
    """Whether it is of signs that are typed and copied alike everywhere, without a blank."""
    return secret.isascii() and secret.isprintable() and " " not in secret
