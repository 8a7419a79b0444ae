"""Releases of a target: rolled out as JSON patches, undone as the profile says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target import clock
from pytest_roadmap.target.commands import Machine
from pytest_roadmap.target.workloads import Deployment, StatefulSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.profile import Patches, Role

_COMMAND_SECONDS = 120.0
_SEEN_SECONDS = 30.0
_MAKERS: Final[Mapping[str, type[StatefulSet | Deployment]]] = {
    "StatefulSet": StatefulSet,
    "Deployment": Deployment,
}


class Releases:
    """What was rolled out on one instance, so that it can be undone."""

    def __init__(self, instance: ChainInstance) -> None:
        self._instance = instance
        self._before: dict[str, Mapping[str, Any]] = {}

    def roll_out(self, name: str, *roles: Role) -> float:
        """Apply a release, to all of its objects or to some roles; return when.

        Raises:
            UnavailableError: The profile declares no such release.
        """
        wanted = {role.reference for role in roles}
        release = self._instance.profile.release(name)
        patches = {
            reference: patch
            for reference, patch in release.patches.items()
            if not wanted or reference in wanted
        }
        at = clock.now()
        self._before = {}
        for reference in patches:
            document = self._read(reference)
            template = document.get("spec", {}).get("template")
            if template is not None:
                self._before[reference] = template
        self._patch(patches)
        return at

    def undo(self) -> float:
        """Undo the last release in the profile's way, once; return when.

        `rollout-undo` puts the former pod templates back and touches nothing
        else, as the command of that name does.

        Raises:
            TargetError: The profile's own command failed.
        """
        way = self._instance.profile.undo
        at = clock.now()
        if way.way == "patches":
            self._patch(way.patches)
        elif way.way == "command":
            self._run(way.command)
        else:
            for reference, template in self._before.items():
                self._patch(
                    {
                        reference: (
                            {
                                "op": "replace",
                                "path": "/spec/template",
                                "value": template,
                            },
                        )
                    }
                )
        return at

    def _patch(self, patches: Patches) -> None:
        """Apply JSON patches: objects that pods read before those that make pods."""
        for reference in sorted(patches, key=lambda r: r.partition("/")[0] in _MAKERS):
            kind, _, name = reference.partition("/")
            patch = list(patches[reference])
            patched = self._instance.api.patch(
                kind, name, patch, self._instance.name, how="json"
            )
            if kind in _MAKERS:
                self._wait_until_seen(kind, name, patched["metadata"]["generation"])

    def _wait_until_seen(self, kind: str, name: str, generation: int) -> None:
        """Wait until our watch has the change: before it, all looks settled still."""
        watch = self._instance.cluster.watches.of(_MAKERS[kind], self._instance.name)
        watch.until_one(
            name,
            lambda found: found.generation >= generation,
            within=_SEEN_SECONDS,
            what=f"the change of {kind}/{name} to be seen",
        )

    def _read(self, reference: str) -> Mapping[str, Any]:
        """Return an object of the instance as it is."""
        kind, _, name = reference.partition("/")
        return self._instance.api.read(kind, name, self._instance.name)

    def _run(self, command: tuple[str, ...]) -> None:
        """Run the profile's command on this machine, told where the target is."""
        connection = self._instance.api.requests.connection
        result = Machine().run(
            command,
            timeout_s=_COMMAND_SECONDS,
            environment={
                **os.environ,
                "KUBECONFIG": str(connection.kubeconfig),
                "ROADMAP_CONTEXT": connection.context,
                "ROADMAP_NAMESPACE": self._instance.name,
            },
        )
        if not result.ok:
            raise TargetError(
                f"the undo ended with {result.status}: {result.complaint}",
                where=" ".join(command),
            )
