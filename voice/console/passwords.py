"""Passwords: kept as Argon2id hashes, refused where they would be guessed first."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 500
AT_ONCE: Final = 2
"""Passwords looked at together: each takes a tenth of a second of threads that answer calls."""
WAITING: Final = 1
"""Who may wait for a turn: with those looked at, one less than a worker has threads, so that no
flood of passwords keeps a caller waiting."""
PATIENCE: Final = 3.0
"""Seconds to wait for one's turn: whoever types nonsense costs others a moment, no more."""

# What leaked lists hold most, and what people here would think of, without digits and signs around
# it: "Password2024!" is "password".
_COMMON = frozenset(
    """
    password passwort contrasena clave micontrasena miclave qwerty qwertyuiop qwertyuiopasdf
    asdfghjkl asdfghjklzxcvbnm qwertyuiopasdfghjkl zxcvbnm qwertyqwerty passwordpassword
    iloveyou iloveyouforever teamo tequiero tequieromucho teamomucho letmein letmeinnow welcome
    welcomeback bienvenido bienvenida administrator administrador admin adminadmin root login
    changeme changemenow cambiame secret secreto princess princesa sunshine football baseball
    basketball superman batman dragon monkey master michael jennifer jessica ashley computer
    computadora internet whatever starwars trustno princesita corazon mariposa chocolate
    estrella alejandro alejandra daniela gabriela fernando mexico colombia america barcelona
    realmadrid hospital clinic clinica doctor nurse enfermera medico patient paciente
    kypholine sampleclinic correcthorsebatterystaple abcdefghijkl
    abcdefghijklmnopqrstuvwxyz passphrase mypassword thisismypassword nopassword default
    guest test testing testtest temporary temporal spring summer autumn winter primavera verano
    otono invierno january february march april june july august september october november
    december enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
    diciembre jesus jesuscristo jesuschrist cristo dios diosesamor godisgood blessed bendecida
    family familia mifamilia
    """.split()
)
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")


class Busy(Exception):
    """More passwords are being looked at than the line can spare threads for."""


class Passwords:
    """Makes and compares hashes, a few at a time; Busy where one's turn does not come."""

    def __init__(self, hasher: PasswordHasher | None = None, patience: float = PATIENCE) -> None:
        """`hasher` is one of other cost than Argon2's own advice; `patience` is in seconds."""
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash("nobody has this one")
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._line = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._patience = patience

    def hashed(self, password: str) -> str:
        """The hash to keep."""
        return self._hasher.hash(_plain(password))

    def fits(self, kept: str, password: str) -> bool:
        """Whether this is the password; "" is nobody's hash and takes as long to say no.

        Raises Busy.
        """
        with _within(self._line, 0), _within(self._free, self._patience):
            try:
                return self._hasher.verify(kept or self._nobodys, _plain(password)) and bool(kept)
            except (VerificationError, InvalidHashError):
                return False

    def is_old(self, kept: str) -> bool:
        """Whether the hash was made with weaker parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)


@contextmanager
def _within(places: threading.Semaphore, seconds: float) -> Iterator[None]:
    """Hold one of so many places; Busy where none is free in time."""
    if not places.acquire(timeout=seconds):
        raise Busy
    try:
        yield
    finally:
        places.release()


def problem(password: str, own: Iterable[str], about: Iterable[str] = ()) -> str:
    """The name of what is wrong with a new password, "" if nothing is.

    `own` are the person's name and address; `about` says what the line is about, in words that
    people here would think of. There is no rule on digits or signs: they only make
    people write passwords down.
    """
    plain = _plain(password)
    if len(plain) < SHORTEST:
        return "password_short"
    if len(plain) > LONGEST:
        return "password_long"
    folded = _letters_alone(plain)
    if _core(folded) in _COMMON or _is_dull(folded) or _is_of(folded, about):
        return "password_common"
    if _is_of(folded, own):
        return "password_personal"
    return ""


def _plain(password: str) -> str:
    """One spelling of what keyboards write in several."""
    return unicodedata.normalize("NFKC", password)


def _letters_alone(text: str) -> str:
    """Lower case, without accents and spaces."""
    spelled = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spelled if not unicodedata.combining(sign) and sign != " ")


def _core(folded: str) -> str:
    """What is left without the digits and signs around it; all of it where it has no letters."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded) or folded


def _is_dull(folded: str) -> bool:
    """A few signs again and again, or a run of the keyboard: aaaa…, abcabc…, 123456789012."""
    repeated = any(
        (folded[:n] * len(folded))[: len(folded)] == folded for n in range(1, len(folded) // 3 + 1)
    )
    runs = [run for one in _RUNS for run in (one, one[::-1])]
    return repeated or any(folded in run for run in runs)


def _is_of(folded: str, names: Iterable[str]) -> bool:
    """One of these names, or a piece of one, with nothing but digits and signs around it."""
    return any(_core(folded) == _core(_letters_alone(one)) for one in _parts(names))


def _parts(own: Iterable[str]) -> Iterable[str]:
    """A name or address, whole and in the pieces people make passwords of."""
    for one in own:
        yield one
        yield from (piece for piece in re.split(r"[@.\s]+", one) if len(piece) > 2)
