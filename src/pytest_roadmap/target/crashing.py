"""A node that ends itself at CometBFT's fail points, start after start.

with crashing.at_fail_points(chain, validator, indices=range(4)) as story:
    story.until_ended(within=240)
story.crashes, story.points

The node's own pod must be away.  Another one takes its place, with the same
template, volume and name in the network; in it a client starts the node's own
command again and again with another FAIL_TEST_INDEX.
"""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import TargetError
from pytest_roadmap.target.clients import IMAGE
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.log_following import FollowedLog
from pytest_roadmap.target.pods import Pod
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.space import Space

POINTS: Final = 11
"""The fail points of one height of consensus."""
NAME: Final = "crashing"
_STARTED_S: Final = 90.0
_GRACE_S: Final = 2  # a node that ends itself all the time needs none
_TOOLS: Final = "/roadmap-tools"
_TOOL: Final = f"{_TOOLS}/client"
_PROBES: Final = ("startupProbe", "livenessProbe", "readinessProbe", "lifecycle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """One start of the node.

    Attributes:
        index: The fail point at which it was to end.
        reached: Whether it ended there.
        switched: Whether it was in consensus then, and no more in block sync.
        point: The point's number since the switch.
        problem: A panic or another end, or empty.
    """

    index: int
    exit_code: int
    reached: bool
    switched: bool
    point: int
    seconds: float
    problem: str

    def __str__(self) -> str:
        """Return what happened, in a line."""
        phase = f"point {self.point} of consensus" if self.switched else "block sync"
        end = self.problem or f"fail-test {self.index}, exit {self.exit_code}"
        return f"{phase}: {end} after {self.seconds:.1f} s"


class Story:
    """What the node has gone through so far."""

    def __init__(self, log: FollowedLog) -> None:
        self._log = log

    @property
    def crashes(self) -> tuple[Crash, ...]:
        """Its starts, oldest first."""
        return tuple(_crash(line) for line in self._log.lines if "index" in line)

    @property
    def points(self) -> int:
        """How many of the fail points of one height were met in consensus."""
        crashes = (c for c in self.crashes if c.reached and c.switched)
        return len({c.point % POINTS for c in crashes if c.point >= 0})

    def until_ended(self, *, within: float) -> None:
        """Wait for the last start.

        Raises:
            NeverHappenedError: There are still more.
        """
        pulse.until(
            lambda: any("summary" in line for line in tuple(self._log.lines)),
            within=within,
            what="the end of the crashes",
            seen=lambda: "; ".join(map(str, self.crashes[-3:])) or self._log.problem,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashing:
    """The pod in which a node ends itself again and again."""

    space: Space
    node: str
    container: str
    document: Mapping[str, Any]

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.node} of {self.space} ends itself at fail points"

    def undo(self) -> tuple[Undo, ...]:
        """Take the pod away."""
        return (Undo(way="delete", object=f"Pod/{NAME}", namespace=self.space.name),)

    def inject(self) -> None:
        """Make the pod, and wait for its first start."""
        self.space.apply(self.document)
        self.space.pods.until_one(
            NAME,
            lambda pod: pod.container(self.container).ever_started,
            within=_STARTED_S,
            what=f"{NAME} to run",
        )

    def is_on(self) -> str:
        """Look for the pod; at which points it has ended is for the log to tell."""
        there = self.space.pods.get(NAME) is not None
        return "" if there else "there is no pod"

    def is_off(self) -> str:
        """Look for the pod."""
        there = self.space.api.find(Pod, NAME, self.space.name) is not None
        return "the pod is still there" if there else ""


@contextlib.contextmanager
def at_fail_points(
    chain: ChainInstance,
    node: ChainNode,
    argv: tuple[str, ...],
    *,
    indices: Iterable[int],
) -> Iterator[Story]:
    """Let a node end itself at fail points until the block ends.

    Args:
        chain: The instance.
        node: Whose place is taken; it has no pod now.
        argv: How its process is started, see `command`.
        indices: Fail points that are met first, in whatever phase they lie.

    Raises:
        NeverHappenedError: The pod does not run.
        FaultError: It does not go away.
    """
    raw = chain.api.read(node.role.kind, node.role.object, chain.name)
    client = [_TOOL, "crash-points", *(f"--index={i}" for i in indices), "--", *argv]
    works = Crashing(
        space=chain.space,
        node=node.name,
        container=node.role.container,
        document=document(raw, node, client),
    )
    with chain.faults.made(works, within=_STARTED_S):
        log = FollowedLog(chain.api.requests, chain.name, NAME, node.role.container)
        try:
            yield Story(log)
        finally:
            log.stop()


def command(node: ChainNode) -> tuple[str, ...]:
    """Return how a running node's process is started.

    Raises:
        TargetError: Neither its pod nor its machine can tell.
    """
    if declared := node.container.spec.get("command"):
        return (*declared, *(node.container.spec.get("args") or ()))
    nodes, pod = node.instance.nodes, node.pod
    for process in nodes.processes(pod, node.role.container):
        if process.inner_pid == 1:
            return tuple(process.command.split())
    raise TargetError("its first process is not found", where=node.name)


def document(
    raw: Mapping[str, Any], node: ChainNode, client: list[str]
) -> dict[str, Any]:
    """Return the pod, from the StatefulSet of its role."""
    template = copy.deepcopy(raw["spec"]["template"])
    spec = template["spec"]
    claims = raw["spec"].get("volumeClaimTemplates") or ()
    spec["volumes"] = [
        *(spec.get("volumes") or ()),
        {"name": "roadmap-tools", "emptyDir": {"sizeLimit": "128Mi"}},
        *(_claimed(claim["metadata"]["name"], node.name) for claim in claims),
    ]
    mount = {"name": "roadmap-tools", "mountPath": _TOOLS}
    container = next(c for c in spec["containers"] if c["name"] == node.role.container)
    spec["initContainers"] = [
        *(spec.get("initContainers") or ()),
        {
            "name": "roadmap-tools",
            "image": IMAGE,
            "imagePullPolicy": "IfNotPresent",
            "args": ["copy-self", f"--to={_TOOL}"],
            "securityContext": container.get("securityContext") or {},
            "resources": {"limits": {"cpu": "300m", "memory": "128Mi"}},
            "volumeMounts": [mount],
        },
    ]
    for probe in _PROBES:
        container.pop(probe, None)
    container.pop("args", None)
    container["command"] = client
    container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]
    spec |= {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE_S,
        "hostname": node.name,
        "subdomain": raw["spec"].get("serviceName", ""),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "labels": template["metadata"]["labels"]},
        "spec": spec,
    }


def _claimed(name: str, node: str) -> dict[str, Any]:
    """Return the volume of a claim that a StatefulSet made for a pod."""
    return {"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{node}"}}


def _crash(line: Mapping[str, Any]) -> Crash:
    """Return the start in a client's line."""
    return Crash(
        index=int(line["index"]),
        exit_code=int(line["exit"]),
        reached=bool(line["reached"]),
        switched=bool(line["switched"]),
        point=int(line["point"]),
        seconds=float(line["seconds"]),
        problem=str(line.get("problem", "")),
    )
