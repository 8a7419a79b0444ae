"""Adds a run to a history, and reads the last ones."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, insert, select

from pytest_roadmap.history import rows
from pytest_roadmap.history.sheet import Sheet, letter, past_run, storable
from pytest_roadmap.history.tables import PHASE, PLAN, RUN, SHEET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from pytest_roadmap.history.database import Database
    from pytest_roadmap.history.rows import Rows
    from pytest_roadmap.history.sheet import PhaseKey
    from pytest_roadmap.model import Scorecard, TrendPoint


def append(database: Database, card: Scorecard, *, live: bool = True) -> bool:
    """Add a run; return False if it is there already.

    Args:
        database: The history's.
        card: The judged run.
        live: Whether the run has just ended.  Then it comes after all others,
            whatever its clock says; an old archive is put in by its time.

    Raises:
        HistoryError: It cannot be written; then nothing of it is there.
    """
    with database.writing() as connection:
        same = select(RUN.c.serial).where(RUN.c.id == storable(card.run.id))
        if connection.execute(same).first() is not None:
            return False
        serial = _add_run(connection, card, live=live)
        phases = [rows.of_phase(phase) | {"run": serial} for phase in card.phases]
        if phases:
            connection.execute(insert(PHASE), phases)
        for suite, letters in _by_suite(card).items():
            row = {
                "run": serial,
                "suite": suite,
                "plan": _plan(connection, list(letters)),
                "letters": "".join(letters.values()),
            }
            connection.execute(insert(SHEET), row)
    return True


def _by_suite(card: Scorecard) -> dict[str, dict[str, str]]:
    """Return a letter per requirement, by suite, in the plans' order."""
    found: dict[str, dict[str, str]] = {}
    for result in card.results:
        asked = result.requirement
        found.setdefault(asked.suite, {})[asked.id] = letter(result)
    return found


def _add_run(connection: Connection, card: Scorecard, *, live: bool) -> int:
    """Add the run itself and return its serial number."""
    run = past_run(card)
    place = run.finished
    if live:
        last = connection.execute(select(func.max(RUN.c.place))).scalar()
        place = place if last is None else max(place, last)
    row = insert(RUN).values(**rows.of_run(run), place=place)
    key = connection.execute(row).inserted_primary_key
    assert key is not None  # noqa: S101 - one row was inserted
    return int(key[0])


def _plan(connection: Connection, names: Sequence[str]) -> int:
    """Return the serial number of a list of ids, which is kept only once."""
    text = json.dumps(names)
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = select(PLAN.c.serial).where(PLAN.c.digest == digest)
    serial = connection.execute(known).scalar()
    if serial is None:
        row = insert(PLAN).values(digest=digest, names=text)
        key = connection.execute(row).inserted_primary_key
        assert key is not None  # noqa: S101 - one row was inserted
        serial = key[0]
    return int(serial)


def read(
    database: Database, *, last: int, suites: Iterable[str] | None = None
) -> tuple[tuple[Sheet, ...], bool]:
    """Return the last runs, the oldest first, and whether there are older ones.

    Args:
        database: The history's.
        last: How many runs at most.
        suites: Only runs that measured one of these, and only these suites of
            them; None for all.

    Raises:
        HistoryError: It cannot be read.
    """
    with database.reading() as connection:
        if connection is None:
            return (), False
        wanted = None if suites is None else sorted(suites)
        runs = _runs(connection, wanted, last + 1)
        more = len(runs) > last
        return _sheets(connection, runs[:last][::-1], wanted), more


def _runs(connection: Connection, suites: Sequence[str] | None, last: int) -> Rows:
    """Return the rows of the last runs of these suites, the newest first."""
    query = select(RUN).order_by(RUN.c.place.desc(), RUN.c.serial.desc()).limit(last)
    if suites is not None:
        mine = SHEET.c.suite.in_(suites)
        query = query.where(exists().where(SHEET.c.run == RUN.c.serial, mine))
    return connection.execute(query).all()


def _sheets(
    connection: Connection, runs: Rows, suites: Sequence[str] | None
) -> tuple[Sheet, ...]:
    """Return the sheets of these runs."""
    known = {row.serial: row for row in runs}
    names: dict[int, dict[PhaseKey, str]] = {serial: {} for serial in known}
    points: dict[int, dict[PhaseKey, TrendPoint]] = {serial: {} for serial in known}
    query = select(PHASE).where(PHASE.c.run.in_(known))
    for row in connection.execute(query.order_by(PHASE.c.suite, PHASE.c.number)):
        if suites is None or row.suite in suites:
            key = (row.suite, row.number)
            names[row.run][key] = row.name
            points[row.run][key] = rows.point(row, known[row.run])
    letters = _letters(connection, tuple(known), suites)
    return tuple(
        Sheet(
            run=rows.run(row),
            names=names[serial],
            phases=points[serial],
            letters=letters[serial],
        )
        for serial, row in known.items()
    )


def _letters(
    connection: Connection, runs: Sequence[int], suites: Sequence[str] | None
) -> Mapping[int, Mapping[str, str]]:
    """Return the letter of each requirement by run."""
    query = select(SHEET).where(SHEET.c.run.in_(runs)).order_by(SHEET.c.suite)
    sheets = [
        row
        for row in connection.execute(query)
        if suites is None or row.suite in suites
    ]
    asked = select(PLAN.c.serial, PLAN.c.names)
    asked = asked.where(PLAN.c.serial.in_({row.plan for row in sheets}))
    plans = {serial: json.loads(text) for serial, text in connection.execute(asked)}
    found: dict[int, dict[str, str]] = {run: {} for run in runs}
    for row in sheets:
        found[row.run].update(zip(plans[row.plan], row.letters, strict=True))
    return found
