"""Undoes what faults and runs have left behind.

Called at the start of a run, at its end, and by `pytest-roadmap heal`.  Every
step may be done twice, and what is gone already counts as undone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import RoadmapError, UnavailableError
from pytest_roadmap.target.faults.deadline import Deadlines
from pytest_roadmap.target.journal import left_behind
from pytest_roadmap.target.manifests import OWNER, OWNER_LABEL, RUN_LABEL
from pytest_roadmap.target.objects import Claim, Namespace, Node, Volume
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.requests import ApiError
from pytest_roadmap.target.workloads import Deployment, Job, ReplicaSet, StatefulSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.journal import Entry, Undo
    from pytest_roadmap.target.machines import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Healing:
    """What was undone, and what could not be."""

    undone: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def __add__(self, other: Healing) -> Healing:
        """Return both."""
        return Healing(
            undone=self.undone + other.undone, failed=self.failed + other.failed
        )


class Healer:
    """Undoes steps on one cluster."""

    def __init__(self, api: Api, nodes: Nodes) -> None:
        self._api = api
        self._nodes = nodes
        self._deadlines = Deadlines(nodes)

    def undo(self, step: Undo) -> None:
        """Do one step; what it is about may be gone already.

        Raises:
            RoadmapError: It cannot be done.
            UnavailableError: We cannot get onto the node.
        """
        kind, _, name = step.object.partition("/")
        try:
            if step.way == "run":
                self._run(step)
            elif step.way == "uncordon":
                self._api.patch(Node, step.node, {"spec": {"unschedulable": None}})
            elif step.way == "scale":
                self._api.scale(kind, name, step.replicas, step.namespace)
            elif step.way == "patch":
                self._api.patch(kind, name, json.loads(step.patch), step.namespace)
            elif step.way == "delete":
                self._api.delete(kind, name, step.namespace)
            else:
                self._nodes.power.do(step.way, step.node)
        except ApiError as error:
            if not error.missing:
                raise

    def left_behind(self, folder: Path, context: str) -> Healing:
        """Undo what the journals of dead processes say; forget what is undone."""
        healing = Healing()
        for path, entries in left_behind(folder):
            if any(entry.context != context for entry in entries):
                continue  # of another cluster: its own run heals it
            done = self._entries(entries)
            healing += done
            if not done.failed:
                path.unlink(missing_ok=True)
        return healing

    def namespaces(self, runs: Callable[[str], bool]) -> Healing:
        """Delete the namespaces of those runs for which `runs` says yes.

        Their volumes go as well: a class that retains them would fill the disk.
        A namespace of ours that is no run's (the cluster's own mark) stays.
        """
        ours = self._api.list(Namespace, selector=f"{OWNER_LABEL}={OWNER},{RUN_LABEL}")
        gone = [n.name for n in ours if runs(n.labels[RUN_LABEL])]
        volumes = self.remove(gone)
        return Healing(
            undone=tuple(f"deleted namespace {name}" for name in gone)
            + tuple(f"deleted volume {name}" for name in volumes)
        )

    def remove(self, namespaces: Iterable[str]) -> tuple[str, ...]:
        """Begin to delete namespaces with all they have; return their volumes."""
        names = frozenset(namespaces)
        self.empty(names)
        return self.drop(names)

    def empty(self, namespaces: Iterable[str]) -> None:
        """Begin to delete pods and claims, and before them what would make new ones.

        That orphans the pods: Kubernetes would give them their whole grace period.
        They get one second: nobody mourns them, and the next run waits.
        """
        for name in namespaces:
            for maker in (Deployment, ReplicaSet, StatefulSet, Job):
                self._api.delete_all(maker, name, grace=0, orphan=True)
            for kind in (Pod, Claim):
                self._api.delete_all(kind, name, grace=1)

    def drop(self, namespaces: Iterable[str]) -> tuple[str, ...]:
        """Begin to delete namespaces and let go of their volumes; return those."""
        names = frozenset(namespaces)
        volumes = [
            volume
            for volume in (self._api.list(Volume) if names else ())
            if volume.claim_namespace in names
        ]
        for name in names:
            self._api.delete(Namespace, name)
        for volume in volumes:
            self._reclaim(volume)
        return tuple(volume.name for volume in volumes)

    def _entries(self, entries: Iterable[Entry]) -> Healing:
        """Undo the faults, the newest first."""
        undone: list[str] = []
        failed: list[str] = []
        for entry in sorted(entries, key=lambda e: e.at, reverse=True):
            for step in entry.undo:
                try:
                    self.undo(step)
                    undone.append(f"{entry.what}: {step}")
                except (RoadmapError, UnavailableError) as error:
                    failed.append(f"{entry.what}: {step}: {error}")
            try:
                self._deadlines.disarm(entry)
            except (RoadmapError, UnavailableError) as error:
                failed.append(f"{entry.what}: its deadline: {error}")
        return Healing(undone=tuple(undone), failed=tuple(failed))

    def _reclaim(self, volume: Volume) -> None:
        """Let the storage delete a volume itself, with its bytes, once it is free."""
        body = {"spec": {"persistentVolumeReclaimPolicy": "Delete"}}
        try:
            self._api.patch(Volume, volume.name, body)
        except ApiError as error:
            if not error.missing:
                raise

    def _run(self, step: Undo) -> None:
        """Run a command on a node.

        Raises:
            RoadmapError: It failed.
        """
        result = self._nodes.run(step.node, step.argv)
        if result.status != 0:
            raise RoadmapError(result.complaint, where=f"node {step.node}")
