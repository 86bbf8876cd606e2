"""Statements of the ways every text and status goes, compiled once: the driver's work is left.

SQLAlchemy spends more on running a statement than SQLite does. A Prepared is written as any other
statement, with `bindparam` for what varies, and run on the same connection in the same transaction,
or on a Straight one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, DateTime, Dialect, bindparam, false, or_
from sqlalchemy.sql import ColumnElement, Executable
from sqlalchemy.types import TypeEngine

from voice.store.connection import as_store_error
from voice.store.straight import Straight

Row = tuple[Any, ...]
Way = Callable[[Any], Any]


Open = Connection | Straight
"""What a Prepared runs on; SQLAlchemy's other statements need the first."""


@dataclass(frozen=True)
class Prepared:
    """A statement, made for a dialect by `make` when it is first run there."""

    make: Callable[[str], Executable]
    """From the dialect's name to the statement."""

    def rows(self, connection: Open, values: Mapping[str, Any]) -> list[Row]:
        """Run a query; StoreError where the database refuses."""
        text = _text(self.make, connection.dialect)
        return text.read(_run(connection, text, values).fetchall())

    def first(self, connection: Open, values: Mapping[str, Any]) -> Any:
        """Run a query; the first value of its first row, None without a row."""
        rows = self.rows(connection, values)
        return rows[0][0] if rows else None

    def run(self, connection: Open, values: Mapping[str, Any]) -> None:
        """Run a statement that changes something; StoreError where the database refuses."""
        _run(connection, _text(self.make, connection.dialect), values)

    def changes(self, connection: Open, values: Mapping[str, Any]) -> int:
        """Run it, and say how many rows it changed."""
        return int(_run(connection, _text(self.make, connection.dialect), values).rowcount)


@dataclass(frozen=True)
class _Text:
    """A statement as its driver takes it."""

    sql: str
    named: bool
    """Whether the driver knows parameters by their names, else by their order."""
    fixed: Mapping[str, Any]
    """What the statement itself brings."""
    asked: tuple[tuple[str, Way | None], ...]
    """Every parameter, in order, and how its values are written."""
    out_of: tuple[tuple[int, Way], ...]
    """How the values of some columns are read."""

    def filled(self, values: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        full = {**self.fixed, **values} if self.fixed else values
        if self.named:
            return {name: way(full[name]) if way else full[name] for name, way in self.asked}
        return [way(full[name]) if way else full[name] for name, way in self.asked]

    def read(self, rows: list[Row]) -> list[Row]:
        """Rows as Python's values."""
        return [self._row(row) for row in rows] if self.out_of else rows

    def _row(self, row: Row) -> Row:
        values = list(row)
        for place, way in self.out_of:
            values[place] = way(values[place])
        return tuple(values)


def _run(connection: Open, text: _Text, values: Mapping[str, Any]) -> Any:
    try:
        return _driver(connection).execute(text.sql, text.filled(values))
    except connection.dialect.loaded_dbapi.Error as problem:
        raise as_store_error(problem) from problem


def _driver(connection: Open) -> Any:
    if isinstance(connection, Straight):
        return connection.driver
    return connection.connection.driver_connection


@lru_cache(maxsize=256)
def _text(make: Callable[[str], Executable], dialect: Dialect) -> _Text:
    statement: Any = make(dialect.name)
    compiled = statement.compile(dialect=dialect)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    names = compiled.positiontup if compiled.positional else binds
    columns = getattr(statement, "selected_columns", ())
    out_of = ((place, _out_of(column.type, dialect)) for place, column in enumerate(columns))
    return _Text(
        str(compiled),
        not compiled.positional,
        {name: compiled.params[name] for name, bind in binds.items() if not bind.required},
        tuple((name, _into(binds[name].type, dialect)) for name in names),
        tuple((place, way) for place, way in out_of if way),
    )


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Way | None:
    if isinstance(kind, DateTime) and dialect.name == "sqlite":
        return _as_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


_MOMENT: Final = "%04d-%02d-%02d %02d:%02d:%02d.%06d"


def _as_text(moment: datetime | None) -> str | None:
    """A moment as SQLAlchemy has SQLite keep it, made in a sixth of the time."""
    if moment is None:
        return None
    return _MOMENT % (
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond,
    )


def _out_of(kind: TypeEngine[Any], dialect: Dialect) -> Way | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


# One of several keys -----------------------------------------------------------------------------


def one_of(column: ColumnElement[str], many: int) -> ColumnElement[bool]:
    """A column that is one of so many keys, which `keyed` gives."""
    same = (column == bindparam(f"key{place}", type_=column.type) for place in range(many))
    return or_(false(), *same)


def keyed(keys: Sequence[str]) -> dict[str, str]:
    """Values for `one_of`."""
    return {f"key{place}": key for place, key in enumerate(keys)}
