"""Sixty blocks of the undisturbed instance, under a few transactions per second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.machines import ControlGroup
    from pytest_roadmap.target.pods import Pod

BLOCKS = 60
LONGEST_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UndisturbedRun:
    """What was seen from the first to the last of the blocks.

    `pods` are those of the first moment, without the load's; `groups_before`
    and `groups_after` hold, by validator, what the kernel kept for its node
    container (empty where one cannot get onto the nodes).
    """

    chain: ChainInstance
    began: float
    ended: float
    blocks: int
    pods: tuple[Pod, ...]
    restarted: tuple[str, ...]  # a name for each restart
    replaced: tuple[str, ...]
    ready_lost: tuple[str, ...]
    groups_before: Mapping[str, ControlGroup]
    groups_after: Mapping[str, ControlGroup]


@pytest.fixture(scope="session")
def undisturbed_run(chains: ChainPool) -> UndisturbedRun:
    """The undisturbed instance, recorded for sixty blocks."""
    chain = chains.undisturbed()
    with chain.traffic():
        pods = tuple(pod for pod in chain.pods.now() if not _of_load(chain, pod))
        before = _groups(chain)
        first, began = chain.height, clock.now()
        _wait_for_blocks(chain)
        return UndisturbedRun(
            chain=chain,
            began=began,
            ended=clock.now(),
            blocks=chain.height - first,
            pods=pods,
            restarted=tuple(name for pod in pods for name in _restarts(chain, pod)),
            replaced=tuple(pod.name for pod in pods if _replaced(chain, pod)),
            ready_lost=tuple(pod.name for pod in pods if _lost(chain, pod, began)),
            groups_before=before,
            groups_after=_groups(chain),
        )


def _of_load(chain: ChainInstance, pod: Pod) -> bool:
    """Whether a pod makes the transactions."""
    load = chain.profile.load
    return load is not None and pod.matches(load.selector)


def _wait_for_blocks(chain: ChainInstance) -> None:
    """Wait for the blocks; how many came is for the probes to judge."""
    try:
        chain.blocks.wait_for_blocks(BLOCKS, within=LONGEST_S)
    except NeverHappenedError:
        return


def _restarts(chain: ChainInstance, pod: Pod) -> list[str]:
    """Return the pod's name with a container's, for each restart of that one."""
    versions = [change.object for change in chain.pods.history(uid=pod.uid)]
    names = []
    for before in pod.all_containers:
        runs = [version.container(before.name) for version in versions]
        others = {run.id for run in runs if run.restarts >= before.restarts} - {""}
        grown = max(run.restarts for run in runs) - before.restarts if runs else 0
        more = max(grown, len(others) - 1)
        names += [f"{pod.name}/{before.name}"] * more
    return names


def _replaced(chain: ChainInstance, pod: Pod) -> bool:
    """Whether the pod is gone, or another one has its name."""
    now = chain.pods.get(pod.name)
    return now is None or now.uid != pod.uid


def _lost(chain: ChainInstance, pod: Pod, since: float) -> bool:
    """Whether the pod was at any moment not Ready."""
    seen = chain.pods.history(uid=pod.uid, since=since)
    return any(not change.object.holds("Ready") for change in seen)


def _groups(chain: ChainInstance) -> dict[str, ControlGroup]:
    """Return what the kernel keeps for the validators, by name."""
    found = {}
    for node in chain.validators:
        try:
            found[node.name] = node.control_group()
        except (TargetError, UnavailableError):
            continue  # who judges it says that it is not there
    return found
