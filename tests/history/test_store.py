from __future__ import annotations

import multiprocessing
import os
import signal
import warnings

from sqlalchemy import Engine, event
from tests.history.conftest import DAY, START, run_of

from pytest_roadmap.history.database import Database
from pytest_roadmap.history.places import Place
from pytest_roadmap.history.sheet import sheet_of
from pytest_roadmap.history.store import append, read

WRITERS = 10
EACH = 3


def names(database, **more):
    sheets, _ = read(database, last=1000, **more)
    return [sheet.run.id for sheet in sheets]


def forked(target, *arguments):
    """Start a process; the warning of newer Pythons is about threads we lack."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process = multiprocessing.get_context("fork").Process(
            target=target, args=arguments
        )
        process.start()
    return process


def test_what_is_added_is_read_back(database):
    cards = [run_of("a", "pfwP-", commit="c1"), run_of("b", "euihn", day=1)]
    for card in cards:
        assert append(database, card)

    sheets, more = read(database, last=5, suites=["one"])

    assert list(sheets) == [sheet_of(card) for card in cards]
    assert not more
    assert sheets[0].letters == {"A-0": "p", "A-1": "f", "A-2": "w", "A-3": "P"}
    assert sheets[0].run.target == (("cluster", "kind-x"),)


def test_without_any_run_there_is_nothing_to_read(database):
    assert read(database, last=5) == ((), False)


def test_only_the_last_runs_are_read_and_older_ones_are_told_of(database):
    for n in range(5):
        append(database, run_of(str(n), "p", day=n))

    sheets, more = read(database, last=3)

    assert [sheet.run.id for sheet in sheets] == ["2", "3", "4"]
    assert more


def test_a_run_is_added_once(database):
    assert append(database, run_of("a", "p"))
    assert not append(database, run_of("a", "f"))

    assert read(database, last=5)[0][0].letters == {"A-0": "p"}


def test_suites_do_not_mix(database):
    append(database, run_of("a", "p", suite="one"))
    append(database, run_of("b", "f", suite="two"))

    assert names(database, suites=["two"]) == ["b"]
    assert names(database) == ["a", "b"]


def test_a_clock_that_jumps_does_not_change_the_order(database):
    append(database, run_of("sound", "p"))
    append(database, run_of("in 2055", "p", day=10_000))
    append(database, run_of("in 1970", "p", started=0.0, finished=1.0))
    append(database, run_of("sound again", "p", day=1))

    assert names(database) == ["sound", "in 2055", "in 1970", "sound again"]


def test_an_old_archive_takes_the_place_of_its_time(database):
    append(database, run_of("today", "p", day=9))
    append(database, run_of("last week", "p", day=2), live=False)

    assert names(database) == ["last week", "today"]


def test_text_that_a_database_has_no_form_for_is_kept_readable(database):
    append(database, run_of("a\0b\ud800", "p", commit="c\0"))

    assert names(database) == ["a␀b\\ud800"]
    assert not append(database, run_of("a\0b\ud800", "p"))


def test_ten_writers_at_once_lose_nothing(database):
    def write(writer):
        for n in range(EACH):
            append(database, run_of(f"{writer}-{n}", "pf" * 500))

    processes = [forked(write, writer) for writer in range(WRITERS)]
    for process in processes:
        process.join(240)

    assert [process.exitcode for process in processes] == [0] * WRITERS
    wanted = {f"{writer}-{n}" for writer in range(WRITERS) for n in range(EACH)}
    found = names(database)
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert all(len(s.letters) == 1000 for s in read(database, last=100)[0])


def killed_at(database, statement, card):
    """Add a run in a process that kills itself before its nth statement."""

    def write():
        left = iter(range(statement))

        @event.listens_for(Engine, "before_cursor_execute")
        def _count(*_arguments, **_more):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        @event.listens_for(Engine, "connect")
        def _spill(raw, _record):
            if database.place.file:  # the file itself is half-written, not a cache
                raw.execute("PRAGMA cache_size = 1")

        append(database, card)
        os._exit(0)

    process = forked(write)
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def test_kill_9_at_any_statement_leaves_whole_runs(database):
    statement, ends = 0, 0
    while killed_at(database, statement, run_of(f"r{statement}", "pf" * 3000)):
        assert names(database) == []
        statement += 1
        ends += 1
    first = names(database)
    statement = 0
    while killed_at(database, statement, run_of(f"s{statement}", "pp" * 4000)):
        assert names(database) == first
        statement += 1
        ends += 1

    assert ends > 15  # while the tables were made, and while a run was added
    assert len(names(database)) == 2
    assert {len(s.letters) for s in read(database, last=9)[0]} == {6000, 8000}


def test_a_day_is_kept_to_the_second(database):
    append(database, run_of("a", "p", day=3))

    (sheet,), _ = read(database, last=1)

    assert sheet.run.started == START + 3 * DAY


def test_a_history_beside_other_tables_is_no_trouble_in_postgresql(server):
    import psycopg

    url = server.new_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE run (id int)")
    database = Database(Place(url=url))

    assert append(database, run_of("a", "p"))
    assert names(database) == ["a"]
