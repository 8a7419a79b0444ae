"""A flood of heavy queries against the API role, until it is at its CPU limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target import clients, clock, queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.clients import FloodSecond
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.kubelet import ProbeCounts
    from pytest_roadmap.target.machines import ControlGroup

API_NODES = 2
CLIENTS = 32  # together, on as many workers as there are API nodes
BLOCKS_BEFORE = 20
MORE_PROBES = 2  # liveness probes beyond the threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLoad:
    """What one API container did in the flood; `limit` is in cores."""

    name: str
    limit: float | None
    seconds: float
    cpu_seconds: float
    throttled: int
    liveness_probes: int
    failed_liveness_probes: int

    @property
    def used_percent(self) -> float | None:
        """The CPU time that it used, of what its limit allows; None without one."""
        if self.limit is None:
            return None
        return 100 * self.cpu_seconds / (self.limit * self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFlood:
    """What was recorded; `problem` says what did not happen."""

    chain: ChainInstance
    began: float
    ended: float
    seconds: tuple[FloodSecond, ...]
    loads: tuple[ApiLoad, ...]
    restarted: tuple[str, ...]  # a name for each container with a restart
    fewest_ready: int  # endpoints of the API service
    interval_before: float
    interval_in_flood: float
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What the kernel and the kubelet have counted of one node by a moment."""

    at: float
    container: str  # its id: another run counts from the beginning
    group: ControlGroup
    probes: ProbeCounts


@pytest.fixture(scope="session")
def query_flood(chains: ChainPool) -> QueryFlood:
    """A flood on an instance of its own, after blocks for comparison."""
    chain = chains.acquire()
    try:
        chain.with_api(API_NODES)
        with chain.traffic():  # so that there is something to search
            chain.blocks.wait_for_blocks(5, within=60)
        calm = clock.now()
        chain.blocks.wait_for_blocks(BLOCKS_BEFORE, within=180)
        return _flooded(chain, chain.blocks.median_interval(calm))
    finally:
        chains.discard(chain)


def _flooded(chain: ChainInstance, interval_before: float) -> QueryFlood:
    """Flood the API role, and tell what was seen."""
    nodes, problem = chain.api_nodes, ""
    workers = [one.name for one in chain.nodes.workers[: len(nodes)]]
    what = queries.heavy(chain, CLIENTS // len(workers))
    restarts = {pod.uid: pod.restarts for pod in chain.pods.now()}
    chain.space.slices.now()
    with clients.asking(chain, what, on=workers, name="flood") as group:
        began = clock.now()
        before = [_read(node) for node in nodes]
        try:
            _until_probed(nodes)
        except NeverHappenedError as error:
            problem = str(error)
        after = [_read(node) for node in nodes]
        ended = clock.now()
        seconds = group.flood()
    return QueryFlood(
        chain=chain,
        began=began,
        ended=ended,
        seconds=seconds,
        loads=tuple(map(_load, nodes, before, after)),
        restarted=_restarted(chain, restarts),
        fewest_ready=_fewest_ready(chain, began, ended),
        interval_before=interval_before,
        interval_in_flood=_interval(chain, began, ended),
        problem=problem,
    )


def _until_probed(nodes: tuple[ChainNode, ...]) -> None:
    """Wait until each API container has got more liveness probes than it bears."""

    def wait(node: ChainNode) -> None:
        """Wait for those of one node."""
        probe = node.container.probe("liveness")
        count = node.container.failure_threshold("liveness") + MORE_PROBES
        within = count * probe.get("periodSeconds", 10) * 2 + 20
        node.wait_for_probes("liveness", count, within=within)

    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(wait, nodes))


def _read(node: ChainNode) -> _Reading:
    """Read both counts of one node."""
    container = node.container.id
    began = clock.now()
    group = node.control_group()
    at = (began + clock.now()) / 2
    return _Reading(at=at, container=container, group=group, probes=node.probes())


def _load(node: ChainNode, before: _Reading, after: _Reading) -> ApiLoad:
    """Return what one node did between two readings."""
    same = before.container == after.container
    cpu, throttled = after.group.cpu_seconds, after.group.throttled
    probes = after.probes - before.probes
    return ApiLoad(
        name=node.name,
        limit=after.group.cpu_limit,
        seconds=after.at - before.at,
        cpu_seconds=cpu - before.group.cpu_seconds if same else cpu,
        throttled=throttled - before.group.throttled if same else throttled,
        liveness_probes=probes.made("liveness"),
        failed_liveness_probes=probes.failed("liveness"),
    )


def _restarted(chain: ChainInstance, before: dict[str, int]) -> tuple[str, ...]:
    """Return the pods with more restarts than before, once for each."""
    names: list[str] = []
    for uid, known in before.items():
        versions = [change.object for change in chain.pods.history(uid=uid)]
        more = max((pod.restarts for pod in versions), default=known) - known
        names += [pod.name for pod in versions[-1:]] * more
    return tuple(names)


def _fewest_ready(chain: ChainInstance, began: float, ended: float) -> int:
    """Return how many endpoints of the API service were ready at the worst moment."""
    service = chain.profile.role("api").service
    ready: dict[str, tuple[str, ...]] = {}
    counts = []
    for change in chain.space.slices.history():
        piece = change.object
        if piece.service != service or change.at > ended:
            continue
        if change.at >= began:
            counts.append(_distinct(ready.values()))
        ready[piece.name] = () if change.what == "deleted" else piece.ready
    return min([*counts, _distinct(ready.values())])


def _distinct(pods: Iterable[tuple[str, ...]]) -> int:
    """Return how many different pods there are."""
    return len({pod for names in pods for pod in names})


def _interval(chain: ChainInstance, began: float, ended: float) -> float:
    """Return the median interval of the flood, or its length where no block came."""
    try:
        return chain.blocks.median_interval(began, ended)
    except ValueError:
        return ended - began
