"""Connections to a history: whole transactions, and errors in words.

SQLite takes its write lock when a transaction begins and PostgreSQL an advisory
one, so writers stand in line instead of failing half-way.  What a killed writer
leaves is undone by the database itself.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from pytest_roadmap.errors import HistoryError
from pytest_roadmap.history.tables import LAYOUTS, VERSION_TABLE
from pytest_roadmap.history.telling import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from pytest_roadmap.history.places import Place

PATIENCE_S = 30  # for other writers; each needs a fraction of a second
_CONNECT_S = 10
_LOCK = 0x726F61646D6170  # "roadmap": the advisory lock of all our writers
_MIGRATIONS = Path(__file__).with_name("migrations")


class Database:
    """A history's database.  Every connection is closed again after its use.

    Args:
        place: Where it lies.
        patience_s: How long to wait for other writers.
    """

    def __init__(self, place: Place, *, patience_s: float = PATIENCE_S) -> None:
        self._place = place
        self._patience_s = patience_s

    @property
    def place(self) -> Place:
        """Where it lies."""
        return self._place

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Yield a connection to read with; None if no run was ever added.

        Raises:
            HistoryError: It cannot be read; says why and what to do.
        """
        if self._place.file and not self._place.file.exists():
            yield None
            return
        with self._told(), self._engine().begin() as connection:
            layout = _layout(connection, self._place)
            if layout in {None, LAYOUTS[-1]}:
                yield None if layout is None else connection
                return
        with self.writing() as connection:  # which brings the layout up to date
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose writes are all kept, or none of them.

        Raises:
            HistoryError: It cannot be written; says why and what to do.
        """
        with self._told():
            if self._place.file:
                self._place.file.parent.mkdir(parents=True, exist_ok=True)
            engine = self._engine().execution_options(writes=True)
            with engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    lock = text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(lock, {"key": _LOCK})
                if _layout(connection, self._place) != LAYOUTS[-1]:
                    _migrate(connection)
                yield connection

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database or the file system says into a clear error."""
        try:
            yield
        except (SQLAlchemyError, OSError, ImportError) as error:
            raise told(error, str(self._place), self._patience_s) from error

    def _engine(self) -> Engine:
        """Return an engine for the place."""
        if self._place.file:
            return _sqlite(self._place.file, self._patience_s)
        return _postgresql(self._place, self._patience_s)


def _sqlite(file: Path, patience_s: float) -> Engine:
    """Return an engine for a file, with transactions as SQLite itself has them.

    Python's driver would begin them late, and then two writers that have read
    already refuse each other.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        connect_args={"timeout": patience_s},
    )

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(raw: Any, _record: object) -> None:
        raw.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(place: Place, patience_s: float) -> Engine:
    """Return an engine for a URL; a server that vanished is noticed in time.

    Raises:
        HistoryError: The URL cannot be read.
    """
    try:
        url = make_url(place.url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise HistoryError(
            "it is no URL of a database",
            where=str(place),
            remedy="write postgresql://user@host:5432/database",
        ) from error
    return create_engine(
        url,
        poolclass=NullPool,
        connect_args={
            "connect_timeout": _CONNECT_S,
            "tcp_user_timeout": int(patience_s * 1000),
            "options": f"-c lock_timeout={int(patience_s * 1000)}",
            "application_name": "pytest-roadmap",
        },
    )


def _layout(connection: Connection, place: Place) -> str | None:
    """Return the layout that the database has, None if it has none of ours.

    Raises:
        HistoryError: It is one that we do not know, or a file of something else.
    """
    tables = inspect(connection)
    if not tables.has_table(VERSION_TABLE):
        if place.file and tables.get_table_names():
            raise HistoryError(
                "it is a database of something else",
                where=str(place),
                remedy="name another file: --roadmap-history FILE",
            )
        return None
    table = Table(VERSION_TABLE, MetaData(), Column("version_num", Text))
    layout = connection.execute(select(table)).scalar()
    if layout is not None and layout not in LAYOUTS:
        raise HistoryError(
            f"it has layout {layout}, and this pytest-roadmap knows those up to "
            f"{LAYOUTS[-1]}",
            where=str(place),
            remedy="use the newer pytest-roadmap that wrote it, or name another "
            "history: --roadmap-history",
        )
    return None if layout is None else str(layout)


def _migrate(connection: Connection) -> None:
    """Bring the tables to the newest layout, within the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.attributes["version_table"] = VERSION_TABLE
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
