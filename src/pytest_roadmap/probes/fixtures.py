"""The fixtures of a probe; loaded with --roadmap only.

    evidence      measure, note, attach
    profile       the target's profile: the probe's only source of names
    cluster       the cluster: requests, watches, nodes, drains
    faults        what can be broken on purpose, under the fault contract
    namespace     an empty namespace of the probe's own
    chains        lends chain instances; `chain` is one, lent to this probe
    experiment    the same, watched closely, with a baseline: for faults
    undisturbed   the instance that no probe disturbs

With --roadmap-counterexamples `profile`, `chains` and everything made from
them are those of the probe's counter-example.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import RoadmapError, UnavailableError
from pytest_roadmap.model import Isolation
from pytest_roadmap.model.timeline import KIND as TIMELINE
from pytest_roadmap.probes.evidence import BOOK, Content
from pytest_roadmap.probes.marks import COUNTEREXAMPLE, tie_of_item
from pytest_roadmap.probes.site import ASKED, SITE, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.probes.evidence import EvidenceBook
    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.cluster import Cluster
    from pytest_roadmap.target.experiments import Experiment
    from pytest_roadmap.target.faults import Faults
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.overlays import CounterExample
    from pytest_roadmap.target.profile import Profile
    from pytest_roadmap.target.snapshot import Part
    from pytest_roadmap.target.space import Space


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> EvidenceBook:
    """What this probe saw: `measure` numbers, `note` sentences, `attach` records."""
    return request.node.stash[BOOK]  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def site(pytestconfig: pytest.Config) -> Site:
    """Where the run takes place, as the controller tells it."""
    return Site.read(pytestconfig.stash[SITE])


@pytest.fixture(autouse=True)
def _what_it_needs(request: pytest.FixtureRequest) -> None:
    """Make a probe unavailable whose cluster or components are not there."""
    tie = tie_of_item(request.node)
    asked = request.config.stash[ASKED]
    requirements = [asked[name] for name in (tie.ids if tie else ()) if name in asked]
    if all(entry.isolation is Isolation.STATIC for entry in requirements):
        return
    changed = COUNTEREXAMPLE in request.fixturenames
    if request.config.getoption("--roadmap-counterexamples") and not changed:
        # Not run, which is an unknown and no pass: the other test measures it.
        pytest.skip("its counter-example is made by a test of its own")
    request.getfixturevalue("site").connection()
    needs = [need for entry in requirements for need in entry.needs]
    request.getfixturevalue("profile").need(*needs)


@pytest.fixture(scope="session")
def cluster(site: Site, pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """The cluster, connected to from this process."""
    site.connection()
    found: Cluster
    try:
        provider = pytestconfig.hook.pytest_roadmap_provide_cluster(
            config=pytestconfig, name=site.provider
        )
        found = site.open(provider)
    except RoadmapError as error:
        raise UnavailableError(str(error)) from error
    hook = pytestconfig.hook.pytest_roadmap_provide_fault
    found.faults.others = lambda works: hook(config=pytestconfig, works=works)
    yield found
    found.close()


@pytest.fixture(scope="session")
def counterexample(request: pytest.FixtureRequest, site: Site) -> CounterExample | None:
    """The counter-example on which the probe runs; None for the target itself."""
    name = getattr(request, "param", None)
    if name is None:
        return None
    from pytest_roadmap.target.overlays import read_counter_example

    file = Path(site.counterexamples) / f"{name}.yaml"
    if not file.is_file():
        # Not run, which is an unknown: nobody has said how it must fail.
        pytest.skip(f"there is no counter-example {file.name}")
    return read_counter_example(file)


@pytest.fixture(scope="session")
def profile(site: Site, counterexample: CounterExample | None) -> Profile:
    """The target's profile."""
    from pytest_roadmap.target.profile import load_profile

    partial = counterexample.overlay.profile if counterexample else None
    return load_profile(Path(site.profile), *([partial] if partial else []))


@pytest.fixture(scope="session")
def chains(
    cluster: Cluster, profile: Profile, counterexample: CounterExample | None
) -> Iterator[ChainPool]:
    """Lends chain instances: `acquire`, `release`, `fresh`."""
    from pytest_roadmap.target.instances import ChainPool

    overlay = counterexample.overlay if counterexample else None
    pool = ChainPool(cluster, profile, overlay)
    yield pool
    pool.close()


@pytest.fixture
def chain(chains: ChainPool, evidence: EvidenceBook) -> Iterator[ChainInstance]:
    """A chain of this probe's own, in which every validator signs."""
    instance = chains.acquire()
    if instance.rebuilt:
        evidence.note(f"the target was rebuilt: {instance.rebuilt}")
    evidence.on_failure(instance.name, lambda: _snapshot(instance.space))
    yield instance
    chains.release(instance)


@pytest.fixture
def experiment(
    request: pytest.FixtureRequest, chain: ChainInstance, evidence: EvidenceBook
) -> Iterator[Experiment]:
    """An experiment on a chain of this probe's own, its baseline measured.

    `@pytest.mark.events("Vote", …)` names the consensus events to record.
    """
    from pytest_roadmap.target.experiments import Experiment

    mark = request.node.get_closest_marker("events")
    found = Experiment(chain, events=mark.args if mark else ())
    with found:
        evidence.on_failure("experiment", lambda: [_drawn(found)])
        yield found


@pytest.fixture(scope="session")
def undisturbed(chains: ChainPool) -> ChainInstance:
    """The instance that all probes share and none disturbs."""
    return chains.undisturbed()


@pytest.fixture
def namespace(cluster: Cluster, evidence: EvidenceBook) -> Iterator[Space]:
    """An empty namespace of this probe's own."""
    with cluster.space("roadmap-probe") as space:
        evidence.on_failure(space.name, lambda: _snapshot(space))
        yield space


@pytest.fixture(scope="session")
def faults(cluster: Cluster) -> Faults:
    """What can be broken on purpose."""
    return cluster.faults


def _drawn(experiment: Experiment) -> Content:
    """Return the time-line of an experiment that goes wrong."""
    text = experiment.timeline().to_text()
    return Content(kind=TIMELINE, name="time-line", text=text)


def _snapshot(space: Space) -> tuple[Part, ...]:
    """Return what a namespace looks like now."""
    from pytest_roadmap.target.snapshot import take

    return take(space.api, space.name)
