"""Small judged runs, and a place for their history in each kind of database."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.history.postgresql import Server

from pytest_roadmap.history.database import Database
from pytest_roadmap.history.places import Place
from pytest_roadmap.history.sheet import sheet_of
from pytest_roadmap.history.window import Window
from pytest_roadmap.model import (
    Decision,
    Outcome,
    PhaseScore,
    Requirement,
    Result,
    Run,
    Scorecard,
)
from pytest_roadmap.model.history import LETTERS

DAY = 86_400.0
START = 1_770_000_000.0
VERDICTS = {letter: verdict for verdict, letter in LETTERS.items()}


def run_of(name: str, letters: str, *, commit="", day=0, suite="one", **more):
    """Return a judged run of requirements A-0, A-1 …, a letter each."""
    results = tuple(
        Result(
            requirement=Requirement(
                id=f"A-{n}", suite=suite, phase=1, section="S", topic="T", title="T."
            ),
            verdict=VERDICTS[letter.lower()],
            outcome=Outcome.NOT_RUN,
            message="",
            flags=("flaky",) if letter.isupper() else (),
        )
        for n, letter in enumerate(letters)
        if letter != "-"
    )
    passed, total = letters.lower().count("p"), len(results)
    phase = PhaseScore(
        suite=suite,
        number=1,
        name="First",
        threshold=Fraction(19, 20),
        total=total,
        passed=passed,
        failed=letters.count("f"),
        waived=letters.count("w"),
        unknown=sum(r.verdict.unknown for r in results),
        low=Fraction(passed, total) if total else None,
        high=Fraction(1) if total else None,
        decision=Decision.NO_GO,
        arithmetic="",
    )
    run = Run(
        id=name,
        started=more.get("started", START + day * DAY),
        finished=more.get("finished", START + day * DAY + 60),
        version="1",
        commit=commit,
        target=(("cluster", "kind-x"),),
    )
    return Scorecard(
        run=run,
        roadmaps=(),
        decision=Decision.NO_GO,
        reasons=(),
        phases=(phase,),
        results=results,
    )


def window_of(*runs: str, commits: str = "", more: bool = False) -> Window:
    """Return the window of runs 0, 1 …; `commits` has a letter per run."""
    commits = commits or "abcdefghijklmnopqrstuvwxyz"
    cards = [
        run_of(str(n), letters, commit=commits[n].strip(), day=n)
        for n, letters in enumerate(runs)
    ]
    return Window.of([sheet_of(card) for card in cards], more=more)


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server of our own; it ends with the tests."""
    server = Server()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """An empty history in each kind of database."""
    if request.param == "sqlite":
        return Database(Place(file=tmp_path / "history.sqlite"), patience_s=90)
    server = request.getfixturevalue("server")
    return Database(Place(url=server.new_database()), patience_s=90)


@pytest.fixture
def file(tmp_path):
    """The file of a history with one run."""
    from pytest_roadmap.history.store import append

    path = tmp_path / "history.sqlite"
    append(Database(Place(file=path)), run_of("first", "pf"))
    return path
