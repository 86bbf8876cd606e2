"""Statements of the ways every text goes, compiled once: what is left is the driver's own work.

SQLAlchemy spends more on running a statement than SQLite does. A Prepared is written as any other
statement, with `bindparam` for what varies, and run on the same connection in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, false, or_
from sqlalchemy.sql import ColumnElement, Executable
from sqlalchemy.types import TypeEngine

from voice.store.connection import as_store_error

Row = tuple[Any, ...]
Way = Callable[[Any], Any]


@dataclass(frozen=True)
class Prepared:
    """A statement, made for a dialect by `make` when it is first run there."""

    make: Callable[[str], Executable]
    """From the dialect's name to the statement."""

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run a query; StoreError where the database refuses."""
        text = _text(self.make, connection.dialect)
        return text.read(_run(connection, text, values).fetchall())

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Run a query; the first value of its first row, None without a row."""
        rows = self.rows(connection, values)
        return rows[0][0] if rows else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run a statement that changes something; StoreError where the database refuses."""
        _run(connection, _text(self.make, connection.dialect), values)


@dataclass(frozen=True)
class _Text:
    """A statement as its driver takes it."""

    sql: str
    fixed: Mapping[str, Any]
    """What the statement itself brings."""
    into: Mapping[str, Way]
    """How the values of some parameters are written."""
    order: Sequence[str] | None
    """The parameters in their order, where the driver knows no names."""
    out_of: tuple[tuple[int, Way], ...]
    """How the values of some columns are read."""

    def filled(self, values: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        full = {**self.fixed, **values}
        for name, way in self.into.items():
            full[name] = way(full[name])
        return full if self.order is None else [full[name] for name in self.order]

    def read(self, rows: list[Row]) -> list[Row]:
        """Rows as Python's values."""
        return [self._row(row) for row in rows] if self.out_of else rows

    def _row(self, row: Row) -> Row:
        values = list(row)
        for place, way in self.out_of:
            values[place] = way(values[place])
        return tuple(values)


def _run(connection: Connection, text: _Text, values: Mapping[str, Any]) -> Any:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text.sql, text.filled(values))
    except connection.dialect.loaded_dbapi.Error as problem:
        raise as_store_error(problem) from problem
    return cursor


@lru_cache(maxsize=256)
def _text(make: Callable[[str], Executable], dialect: Dialect) -> _Text:
    statement: Any = make(dialect.name)
    compiled = statement.compile(dialect=dialect)
    into = {name: _into(bind.type, dialect) for name, bind in compiled.binds.items()}
    columns = getattr(statement, "selected_columns", ())
    out_of = ((place, _out_of(column.type, dialect)) for place, column in enumerate(columns))
    return _Text(
        str(compiled),
        dict(compiled.params),
        {name: way for name, way in into.items() if way},
        tuple(compiled.positiontup) if compiled.positional else None,
        tuple((place, way) for place, way in out_of if way),
    )


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Way | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


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
