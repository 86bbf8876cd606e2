"""What people are called and were: the name at the time of a deed, and names somebody else has."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from voice.store.connection import Store, reading
from voice.store.console_tables import audit, staff

_NAMING: Final = ("staff-added", "staff-profile")
"""Deeds whose record tells what somebody is called from then on."""
_ALIKE: Final = str.maketrans(
    "аеорсухіјѕкмтвнԁԛԝαορνικτυηıł10i",
    "aeopcyxljskmtbhdqwaopvlktunlllol",
)
"""Signs, without their accents and in lower case, that look like another one."""


@dataclass(frozen=True)
class Names:
    """What everybody is called, and was called from which entry of the record on."""

    now: Mapping[int, str]
    past: Mapping[int, tuple[tuple[int, str], ...]]

    def at(self, person: int, entry: int) -> str:
        """What somebody was called when an entry was made; "" for nobody here."""
        known = self.past.get(person, ())
        before = [name for id, name in known if id < entry]
        first = known[0][1] if known else self.now.get(person, "")
        return before[-1] if before else first

    def is_anothers(self, name: str, person: int | None) -> bool:
        """Whether somebody else has or had this name, or one that reads the same."""
        wanted = alike(name)
        return any(
            alike(one) == wanted
            for id in self.now.keys() | self.past.keys()
            if id != person
            for one in (self.now.get(id, ""), *(told for _, told in self.past.get(id, ())))
        )


def alike(name: str) -> str:
    """A name without case, accents, spaces and stops: the same for names that read the same."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    letters = "".join(sign for sign in plain if sign.isalnum()).translate(_ALIKE)
    return letters or " ".join(name.split())


def names(store: Store) -> Names:
    """Every name there is and was."""
    with reading(store) as connection:
        return names_in(connection)


def names_in(connection: Connection) -> Names:
    """As names, within a transaction."""
    now = connection.execute(select(staff.c.id, staff.c.name)).all()
    told = select(audit.c.id, audit.c.subject, audit.c.detail).where(audit.c.deed.in_(_NAMING))
    past: dict[int, tuple[tuple[int, str], ...]] = {}
    for row in connection.execute(told.order_by(audit.c.id)):
        person, name = _named(row.subject, row.detail)
        if name:
            past[person] = (*past.get(person, ()), (row.id, name))
    return Names({row.id: row.name for row in now}, past)


def _named(subject: str, detail: Mapping[str, Any]) -> tuple[int, str]:
    """Whom an entry names, and how: "" where it names nobody."""
    number = subject.removeprefix("staff:")
    return (int(number), detail.get("name", "")) if number.isdecimal() else (0, "")
