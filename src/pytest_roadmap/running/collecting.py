"""In every process that collects: from tests to registered probes and units."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from pytest_roadmap.model import Strength
from pytest_roadmap.probes.marks import COUNTEREXAMPLE, tie_of, tie_of_item
from pytest_roadmap.probes.registry import Registered, problems_of
from pytest_roadmap.probes.scripts import ScriptFile
from pytest_roadmap.running.dealing import Unit, in_one_process

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from pytest_roadmap.model import Requirement
    from pytest_roadmap.running.asked import Asked
    from pytest_roadmap.running.options import Options

REST = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a collection has found.

    `probes` are all of them, `runs` the tests that are to be run, plain ones
    included, in the order of collection.
    """

    probes: tuple[Registered, ...] = ()
    runs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Waiting(pytest.Item):
    """What a worker of xdist knows as the next test while it has none.

    A worker begins a test only when it knows the one after it.  With this one
    always sent last it runs what it has at once, tears down, and waits.
    """

    def runtest(self) -> None:
        """Do nothing."""


class Resting(pytest.Item):
    """A test that tears down everything which this process still holds.

    Comes before the probes that need the cluster alone: chains that nobody
    uses any more would disturb them.
    """

    def runtest(self) -> None:
        """Do nothing: it is the teardown that counts."""


class Collecting:
    """The plugin that selects, orders and registers what pytest has collected.

    `given` are the paths and node ids of the command line; the suites are
    always collected as a whole, so that what the user leaves out is known to
    be not run instead of not there.
    """

    def __init__(
        self,
        options: Options,
        asked: Asked,
        given: tuple[str, ...],
        *,
        worker: bool,
    ) -> None:
        self._options = options
        self._asked = asked
        self._given = given
        self._worker = worker
        self.collected = Collected()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, Any, Any]:
        """Register all probes, deselect what is not meant, put the rest in order."""
        probes = [_registered(item) for item in items if _ids(item)]
        result = yield
        keep = [item for item in items if self._meant(item, config)]
        if dropped := [item for item in items if item not in keep]:
            config.hook.pytest_deselected(items=dropped)
        runs = {item.nodeid for item in keep}
        registered = tuple(
            Registered(
                node=entry.node,
                function=entry.function,
                ids=entry.ids,
                strength=entry.strength,
                runs=entry.node in runs,
            )
            for entry in probes
        )
        by_node = {item.nodeid: item for item in keep}
        order = in_one_process(self.units(registered, by_node))
        rest = "" if config.option.collectonly else REST
        rested = in_one_process(self.units(registered, by_node), rest)
        resting = Resting.from_parent(session, name=REST, nodeid=REST)
        items[:] = [by_node.get(node, resting) for node in rested]
        self.collected = Collected(
            probes=registered,
            runs=tuple(order),
            problems=problems_of(registered, self._asked.requirements),
        )
        if self._worker:
            if resting not in items:
                items.append(resting)
            items.append(Waiting.from_parent(session, name="waiting", nodeid="waiting"))
        return result

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Collect the scripts that a plan names."""
        for suite in self._asked.suites:
            if file_path == (suite.folder / "plan.yaml").resolve():
                file = ScriptFile.from_parent(parent, path=file_path)
                file.requirements = tuple(suite.roadmap.requirements())
                return file
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a probe once on the counter-example of each of its requirements."""
        tie = tie_of(metafunc.definition.iter_markers("probe"))
        on_it = (
            self._options.counterexamples and COUNTEREXAMPLE in metafunc.fixturenames
        )
        if tie and on_it:
            metafunc.parametrize(
                COUNTEREXAMPLE, tie.ids, indirect=True, scope="session"
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Run what is no test: it is not reported, and waiting does nothing."""
        if isinstance(item, Resting):
            for report in runtestprotocol(item, log=False, nextitem=None):
                if report.failed:
                    print(report.longreprtext, file=sys.stderr)
        return True if isinstance(item, (Waiting, Resting)) else None

    def units(self, probes: Iterable[Registered], runs: Iterable[str]) -> list[Unit]:
        """Return the units of `runs`; counter-examples share nothing."""
        share = not self._options.counterexamples
        return units_of(probes, runs, self._asked, share=share)

    def _meant(self, item: pytest.Item, config: pytest.Config) -> bool:
        """Tell whether the command line leaves `item` among those to run."""
        ids = _ids(item)
        if ids and not self._asked.wanted.intersection(ids):
            known = self._asked.requirements
            return not any(name in known for name in ids)  # a problem, told later
        here = config.invocation_params.dir
        return not self._given or any(_below(item, arg, here) for arg in self._given)


def collect_suites(config: pytest.Config, asked: Asked) -> tuple[str, ...]:
    """Make pytest collect the suites; return what the user gave instead."""
    from_user = config.args_source is pytest.Config.ArgsSource.ARGS
    given = tuple(config.args) if from_user else ()
    folders = [str(suite.folder.resolve()) for suite in asked.suites]
    config.args[:] = [*folders, *given]
    return given


def units_of(
    probes: Iterable[Registered],
    runs: Iterable[str],
    asked: Asked,
    *,
    share: bool = True,
) -> list[Unit]:
    """Return the units of `runs` (node ids), in the order of their first tests.

    Probes whose requirements share a fact make one unit, anything else is a
    unit of its own; so does everything unless `share`.
    """
    known = {entry.node: entry for entry in probes}
    tests: dict[object, list[str]] = {}
    for node in runs:
        entry = known.get(node)
        group = _group(entry, node, asked) if share else node
        tests.setdefault(group, []).append(node)
    return [
        Unit(
            tests=tuple(nodes),
            seconds=sum(_seconds(known.get(node), asked) for node in nodes),
            alone=any(_alone(known.get(node), asked) for node in nodes),
        )
        for nodes in tests.values()
    ]


def _group(entry: Registered | None, node: str, asked: Asked) -> object:
    """Return the key of the unit that `node` belongs to."""
    for requirement in _requirements(entry, asked):
        if requirement.shares:
            return (requirement.suite, requirement.shares)
    return node


def _seconds(entry: Registered | None, asked: Asked) -> float:
    """Return how long the plan expects the probe to take."""
    return sum(requirement.seconds for requirement in _requirements(entry, asked))


def _alone(entry: Registered | None, asked: Asked) -> bool:
    """Tell whether the probe needs the cluster for itself."""
    return any(
        requirement.isolation.alone for requirement in _requirements(entry, asked)
    )


def _requirements(entry: Registered | None, asked: Asked) -> list[Requirement]:
    """Return the requirements that the probe answers."""
    ids = entry.ids if entry is not None else ()
    return [asked.requirements[name] for name in ids if name in asked.requirements]


def _ids(item: pytest.Item) -> tuple[str, ...]:
    """Return the ids that `item` answers; a plain test answers none."""
    tie = tie_of_item(item)
    return tie.ids if tie else ()


def _registered(item: pytest.Item) -> Registered:
    """Return what `item` registers."""
    tie = tie_of_item(item)
    function = item.nodeid.split("[")[0]
    strength = tie.strength if tie else Strength.OBSERVED
    ids = tie.ids if tie else ()
    return Registered(node=item.nodeid, function=function, ids=ids, strength=strength)


def _below(item: pytest.Item, given: str, here: Path) -> bool:
    """Tell whether `item` is what the argument `given` names, or a part of it."""
    text, *names = given.split("::")
    path = Path(os.path.normpath(here / text))
    if not names:
        return item.path == path or path in item.path.parents
    own = item.nodeid.split("::")[1:]
    named = own[: len(names)]
    return item.path == path and all(
        part == name or part.split("[")[0] == name
        for part, name in zip(named, names, strict=False)
    )
