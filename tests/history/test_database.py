"""Bad input: one clear error, with what to do, and nothing lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, text
from tests.history.conftest import run_of
from tests.rights import as_nobody, open_the_way

from pytest_roadmap.errors import HistoryError
from pytest_roadmap.history import database as module
from pytest_roadmap.history import tables
from pytest_roadmap.history.database import Database
from pytest_roadmap.history.places import Place
from pytest_roadmap.history.store import append, read


def refused(file, patience_s=0.2, **place):
    """Return what is said when a run cannot be added."""
    where = Place(**place) if place else Place(file=file)
    with pytest.raises(HistoryError) as caught:
        append(Database(where, patience_s=patience_s), run_of("second", "p"))
    return str(caught.value)


def ids(file):
    return [s.run.id for s in read(Database(Place(file=file)), last=9)[0]]


def test_a_locked_file_is_waited_for_and_then_told(file):
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = refused(file)

    assert said.startswith(f"{file}: another process has kept it locked for 0.2 s")
    assert "\n  → end that process" in said
    assert ids(file) == ["first"]


def test_a_read_only_file_is_told(file):
    open_the_way(file)
    file.chmod(0o444)

    with as_nobody():
        said = refused(file)

    assert said.startswith(f"{file}: it may not be written")
    assert "\n  → give the user that runs this the right to write" in said
    assert ids(file) == ["first"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    said = refused(tmp_path / "file" / "history.sqlite")

    assert "it cannot be used: " in said
    assert "\n  → make room or rights there" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no database at all, but long enough for a header" * 30, "it is no history"),
        (None, "it is damaged"),
    ],
)
def test_a_corrupt_file_is_told_and_left_alone(file, content, words):
    if content is None:
        content = file.read_bytes()
        content = content[:4096] + b"\xff" * (len(content) - 4096)
    file.write_bytes(content)

    said = refused(file)

    assert said.startswith(f"{file}: {words}")
    assert "\n  → move it away, and begin a new one from the archives" in said
    assert file.read_bytes() == content


def test_a_full_disk_is_told_and_the_old_runs_stay(file):
    def fill(raw, _record):
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", fill)
    try:
        with pytest.raises(HistoryError) as caught:
            append(Database(Place(file=file)), run_of("second", "p" * 50_000))
    finally:
        event.remove(Engine, "connect", fill)

    assert "there is no room for it" in str(caught.value)
    assert "\n  → make room on its disk" in str(caught.value)
    assert ids(file) == ["first"]


def test_a_file_of_something_else_is_not_touched(tmp_path):
    file = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE mine (id int)")
    before = file.read_bytes()

    assert "it is a database of something else\n  → name another" in refused(file)
    assert file.read_bytes() == before


def test_a_layout_from_the_future_is_refused(file):
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE roadmap_history_layout SET version_num = '0099'")

    said = refused(file)

    assert said.startswith(f"{file}: it has layout 0099, and this pytest-roadmap knows")
    assert "\n  → use the newer pytest-roadmap that wrote it" in said
    with pytest.raises(HistoryError, match="layout 0099"):
        read(Database(Place(file=file)), last=1)


def test_the_layouts_are_those_that_alembic_knows():
    config = Config()
    config.set_main_option("script_location", str(module._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    revisions = ScriptDirectory.from_config(config).walk_revisions()

    assert tuple(r.revision for r in revisions)[::-1] == tables.LAYOUTS


def test_the_tables_are_what_the_migrations_make(database):
    append(database, run_of("a", "p"))

    with database.reading() as connection:
        found = inspect(connection)
        for table in tables._METADATA.sorted_tables:
            made = {column["name"] for column in found.get_columns(table.name)}
            assert made == set(table.columns.keys())


def test_an_old_layout_is_brought_up_to_date_with_its_runs(database):
    made = []

    def first_layout(connection):
        config = Config(attributes={"connection": connection})
        config.attributes["version_table"] = tables.VERSION_TABLE
        config.set_main_option("script_location", str(module._MIGRATIONS))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, tables.LAYOUTS[0])
        made.append(tables.LAYOUTS[0])

    with database._engine().execution_options(writes=True).begin() as connection:
        first_layout(connection)
        connection.execute(
            text(
                "INSERT INTO roadmap_run (serial, id, place, started, finished,"
                ' version, "commit", decision, complete, passed, total)'
                " VALUES (7000, 'old', 1, 1, 1, '0', '', 'GO', true, 1, 1)"
            )
        )

    sheets, _ = read(database, last=9)

    assert made == ["0001"]
    assert [(s.run.id, s.run.target) for s in sheets] == [("old", ())]
    with database.reading() as connection:
        version = text("SELECT version_num FROM roadmap_history_layout")
        assert connection.execute(version).scalar() == tables.LAYOUTS[-1]


def test_postgresql_that_goes_in_the_middle_is_told_and_comes_back_whole(server):
    database = Database(Place(url=server.new_database()), patience_s=5)
    append(database, run_of("first", "p"))

    def half_a_write():
        with database.writing() as connection:
            connection.execute(text("DELETE FROM roadmap_phase"))
            server.crash()
            connection.execute(text("SELECT 1"))

    with pytest.raises(HistoryError) as caught:
        half_a_write()
    gone = refused(None, url=database.place.url)
    server.start()

    assert "the database refuses: " in str(caught.value)
    assert "\n  → see that the server runs" in str(caught.value)
    assert "the database refuses: " in gone
    assert append(database, run_of("second", "p"))
    sheets, _ = read(database, last=9)
    assert [(s.run.id, len(s.phases)) for s in sheets] == [("first", 1), ("second", 1)]


@pytest.fixture
def remote(server):
    """The URL of a history in PostgreSQL with one run."""
    url = server.new_database()
    append(Database(Place(url=url)), run_of("first", "p"))
    return url


def sql(url, *statements):
    """Let the database's owner change something beside the history."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def remote_ids(url):
    return [s.run.id for s in read(Database(Place(url=url)), last=9)[0]]


def test_a_writer_in_postgresql_is_waited_for_and_then_told(remote):
    with psycopg.connect(remote) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [module._LOCK])
        said = refused(None, url=remote)

    assert ": another process has kept it locked for 0.2 s (" in said
    assert "\n  → end that process (`SELECT * FROM pg_locks` names it)" in said
    assert remote_ids(remote) == ["first"]
    assert append(Database(Place(url=remote)), run_of("second", "p"))


@pytest.mark.parametrize(
    "work",
    [
        lambda history: append(history, run_of("second", "p")),
        lambda history: read(history, last=9),
    ],
)
def test_a_table_that_another_connection_locks_is_told(remote, work):
    history = Database(Place(url=remote), patience_s=0.2)
    with psycopg.connect(remote) as other:
        other.execute("LOCK TABLE roadmap_phase IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(HistoryError, match=r"kept it locked for 0\.2 s"):
            work(history)

    assert remote_ids(remote) == ["first"], "nothing of the second is there"


def test_a_server_that_may_only_be_read_is_told(remote):
    name = remote.partition("@/")[2].partition("?")[0]
    sql(remote, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    said = refused(None, url=remote)

    assert ": it may not be written (cannot execute INSERT" in said
    assert "\n  → name the primary server" in said
    assert remote_ids(remote) == ["first"]


def test_a_user_without_rights_is_told(remote):
    sql(
        remote,
        "DROP ROLE IF EXISTS guest",
        "CREATE ROLE guest LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest",
    )

    said = refused(None, url=remote.replace("roadmap@", "guest@"))

    assert ": it may not be written (permission denied for table roadmap_run)" in said
    assert "\n  → GRANT the URL's user" in said


def test_a_full_disk_of_the_server_is_told_and_the_old_runs_stay(remote):
    """The last table that a run needs has no room: the server says so, as it does."""
    sql(
        remote,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
        "'could not extend file \"base/5/1\": No space left on device' USING "
        "ERRCODE = 'disk_full', HINT = 'Check free disk space.'; END $$",
        "CREATE TRIGGER no_room BEFORE INSERT ON roadmap_sheet "
        "EXECUTE FUNCTION no_room()",
    )

    said = refused(None, url=remote)

    assert ": there is no room for it (could not extend file" in said
    assert "\n  → make room on the server's disk" in said
    assert remote_ids(remote) == ["first"]
    sql(remote, "DROP TRIGGER no_room ON roadmap_sheet")
    assert append(Database(Place(url=remote)), run_of("second", "p"))
    assert remote_ids(remote) == ["first", "second"]


def test_a_password_is_never_told():
    url = "postgresql://me:s3cret@127.0.0.1:1/x?password=s3cret"

    said = refused(None, url=url)

    assert "s3cret" not in said
    assert said.startswith("postgresql://me:***@127.0.0.1:1/x?password=***: ")


def test_a_missing_driver_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)

    said = refused(None, url="postgresql://me@/x")

    assert "its driver is not installed" in said
    assert "\n  → pip install 'pytest-roadmap[postgresql]'" in said


def test_a_url_that_cannot_be_read_is_told():
    said = refused(None, url="postgresql://me@host:port/x")

    assert "it is no URL of a database\n  → write postgresql://" in said


def test_an_engine_is_not_left_open(file):
    """A second process may take the file away at once: nothing holds it."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM roadmap_run")).scalar() == 1
        )
    engine.dispose()
