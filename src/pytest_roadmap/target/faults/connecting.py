"""How long TCP connections between pods take, from inside of their networks."""

from __future__ import annotations

import itertools
import json
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import UnavailableError
from pytest_roadmap.target.faults import delay_scripts as scripts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_roadmap.target.machines import Nodes
    from pytest_roadmap.target.pods import Pod

_TIMEOUT_S: Final = 12
_OVERHEAD_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectTimes:
    """Milliseconds of each connection, by pod, other pod and port."""

    ms: Mapping[tuple[str, str, int], tuple[float, ...]]

    def of(
        self, port: int, where: Callable[[str, str], bool] = lambda *_: True
    ) -> tuple[float, ...]:
        """Return the times to a port, between those pods for which `where` holds."""
        return tuple(
            value
            for (one, other, to), values in self.ms.items()
            if to == port and where(one, other)
            for value in values
        )

    def median(
        self, port: int, where: Callable[[str, str], bool] = lambda *_: True
    ) -> float:
        """Return the median time to a port; infinite where none came about."""
        values = self.of(port, where)
        return statistics.median(values) if values else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a machine has: `way` is "netem", "queue" or "-", `tool` our program."""

    way: str
    tool: str


def prepared(nodes: Nodes, pods: Sequence[Pod]) -> dict[str, Place]:
    """Return what the pods' machines have; our program is put there if need be.

    Raises:
        UnavailableError: Its image is not on one of them.
    """
    names = sorted({pod.node for pod in pods})
    with ThreadPoolExecutor(len(names)) as pool:
        said = pool.map(
            lambda node: nodes.script(node, scripts.PREPARE, scripts.IMAGE).split(),
            names,
        )
        found = dict(zip(names, said, strict=True))
    lacking = [node for node, words in found.items() if len(words) < 2]  # noqa: PLR2004 - way and tool
    if lacking:
        message = f"the image {scripts.IMAGE} is not on {', '.join(lacking)}"
        raise UnavailableError(message)
    return {node: Place(way=way, tool=tool) for node, (way, tool) in found.items()}


def measure(  # noqa: PLR0913 - each says who connects to whom
    nodes: Nodes,
    pods: Sequence[Pod],
    ports: Sequence[int],
    places: Mapping[str, Place],
    *,
    count: int,
    froms: Sequence[Pod] = (),
) -> ConnectTimes:
    """Connect from each pod to each other one, all at once.

    Args:
        nodes: The machines.
        pods: Whom to connect to.
        ports: Which of their ports.
        places: What the machines have, by name.
        count: Connections for each pair and port, one after another.
        froms: Who connects; all of `pods` by default.
    """
    starts = tuple(froms) or tuple(pods)

    def asked(pod: Pod) -> dict[tuple[str, str, int], tuple[float, ...]]:
        """Return the times of one pod's connections."""
        others = [other for other in pods if other.uid != pod.uid]
        targets = {
            f"{other.ip}:{port}": (pod.name, other.name, port)
            for other, port in itertools.product(others, ports)
        }
        arguments = (f"--count={count}", f"--timeout={_TIMEOUT_S}s", *targets)
        text = nodes.script(
            pod.node,
            scripts.CONNECT,
            pod.uid,
            places[pod.node].tool,
            *arguments,
            within=count * _TIMEOUT_S + _OVERHEAD_S,
        )
        times = json.loads(text)["ms"]
        return {key: tuple(times.get(to, ())) for to, key in targets.items()}

    with ThreadPoolExecutor(len(starts)) as pool:
        found = list(pool.map(asked, starts))
    return ConnectTimes(ms={key: value for one in found for key, value in one.items()})
