"""The machines of the cluster, seen from inside of them.

    nodes.process_of(pod, "node")              # its pid on the node, its state
    nodes.control_group(pod, "node")           # the limits that the kernel keeps
    nodes.read_file(pod, "node", "/home/node/config/genesis.json")
    nodes.run("worker-1", ["cat", "/proc/loadavg"])

How one gets onto them is the provider's business (`provider.Nodes`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import clock, node_scripts, transcript
from pytest_roadmap.target.objects import Claim, Node, Volume
from pytest_roadmap.target.power import Power

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.commands import CommandResult, Feed
    from pytest_roadmap.target.pods import Pod
    from pytest_roadmap.target.provider import Nodes as Access
    from pytest_roadmap.target.watching import Watch, Watches

_NO_LIMIT = 2**60  # version 1 writes "no limit" as a number near 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of a container, as its node sees it."""

    pid: int
    inner_pid: int  # in the container
    state: str  # R, S, D, T (stopped), Z …
    memory: int  # resident bytes
    command: str

    @property
    def stopped(self) -> bool:
        """Whether SIGSTOP holds it."""
        return self.state in {"T", "t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of a container's log, and when the runtime took it over."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of a container's main process, as its node saw it, and its log."""

    at: float
    log: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlGroup:
    """What the kernel keeps for a container, of cgroup version 1 or 2."""

    memory_limit: int | None
    memory_used: int
    cpu_quota_us: int | None
    cpu_period_us: int
    cpu_seconds: float
    periods: int
    throttled: int

    @property
    def cpu_limit(self) -> float | None:
        """The limit in cores, or None."""
        quota = self.cpu_quota_us
        return None if quota is None else quota / self.cpu_period_us


class Nodes:
    """The nodes of a cluster; `access` is None where we cannot get onto them."""

    def __init__(self, api: Api, watches: Watches, access: Access | None) -> None:
        self.api = api
        self.access = access
        self.power = Power(api, access)
        self._watches = watches

    @property
    def watch(self) -> Watch[Node]:
        """The nodes, followed."""
        return self._watches.of(Node)

    @property
    def workers(self) -> tuple[Node, ...]:
        """The nodes that are no control plane."""
        return tuple(node for node in self.watch.now() if node.is_worker)

    # ----------------------------------------------------------------- commands

    def run(
        self,
        node: str,
        argv: Sequence[str],
        *,
        stdin: bytes | Feed | None = None,
        within: float = 20.0,
    ) -> CommandResult:
        """Run a command on a node; its status is for the caller to judge.

        Args:
            node: The node.
            argv: The command and its arguments.
            stdin: What it reads: bytes, or a function that writes them.
            within: It is killed after so many seconds (status 124).

        Raises:
            UnavailableError: We cannot get onto the nodes of this cluster.
            RefusedError: The cluster is neither ours nor named by the user.
        """
        if self.access is None:
            raise UnavailableError("commands on the nodes need node-access")
        self.api.requests.guard("RUN", f"{argv[0]} on node {node}")
        began = clock.now()
        result = self.access.run(node, argv, stdin=stdin, timeout_s=within)
        answer = f"{result.status} {result.stdout}{result.stderr}"
        transcript.record("command", f"{node}: {' '.join(argv)}", answer, began)
        return result

    def script(
        self, node: str, script: str, *arguments: str, within: float = 20.0
    ) -> str:
        """Run a shell script on a node and return what it printed.

        Raises:
            TargetError: It ended with another status than 0.
        """
        argv = ["sh", "-c", script, "roadmap", *arguments]
        result = self.run(node, argv, within=within)
        if result.status != 0:
            raise TargetError(
                f"a command ended with {result.status}: {result.complaint}",
                where=f"node {node}",
            )
        return result.stdout

    # ---------------------------------------------------------------- processes

    def processes(self, pod: Pod, container: str) -> tuple[Process, ...]:
        """Return the processes of a container's present run."""
        identity = pod.container(container).id
        if not identity:
            return ()
        lines = self.script(pod.node, node_scripts.PROCESSES, identity).splitlines()
        return tuple(_process(line) for line in lines)

    def processes_in(self, pod: Pod) -> tuple[Process, ...]:
        """Return the processes of a whole pod, found by its uid.

        So they are found too when nobody tells the ids of its containers.
        """
        pattern = f"pod{pod.uid.replace('-', '.')}"  # systemd writes underscores
        lines = self.script(pod.node, node_scripts.PROCESSES, pattern).splitlines()
        return tuple(_process(line) for line in lines)

    def process_of(self, pod: Pod, container: str) -> Process:
        """Return a container's main process: the one that holds the most memory.

        A shell may be its first process; then the node is that one's child.

        Raises:
            TargetError: The container does not run.
        """
        found = self.processes(pod, container)
        if not found:
            raise TargetError(
                f"container {container} has no process ({pod})",
                where=f"node {pod.node}",
            )
        return max(found, key=lambda process: process.memory)

    def follow_to_end(self, pod: Pod, container: str, *, within: float) -> End:
        """Wait for the end of a container's main process; return it and its log.

        The log file is held open, so that its last lines are there when the
        kubelet has removed it.

        Raises:
            TargetError: It does not run, or did not end in time.
        """
        process = self.process_of(pod, container)
        arguments = (str(process.pid), pod.uid, container)
        script = node_scripts.FOLLOW_TO_END
        text = self.script(pod.node, script, *arguments, within=within)
        moment, *lines = text.splitlines()
        return End(at=float(moment), log=tuple(map(_log_line, lines)))

    def control_group(self, pod: Pod, container: str) -> ControlGroup:
        """Return what the kernel keeps for a container's present run.

        Raises:
            TargetError: It does not run.
        """
        identity = pod.container(container).id or "-"
        text = self.script(pod.node, node_scripts.CONTROL_GROUP, identity)
        pairs = (line.split(maxsplit=1) for line in text.splitlines() if " " in line)
        values = dict(pairs)
        if "memory_limit" not in values:
            raise TargetError(
                f"container {container} of {pod.name} has no control group",
                where=f"node {pod.node}",
            )
        return ControlGroup(
            memory_limit=_limit(values["memory_limit"]),
            memory_used=int(values["memory_used"]),
            cpu_quota_us=_limit(values["cpu_quota"]),
            cpu_period_us=int(values["cpu_period"]),
            cpu_seconds=int(values["cpu_ns"]) / 1e9,
            periods=int(values["nr_periods"]),
            throttled=int(values["nr_throttled"]),
        )

    # -------------------------------------------------------------------- files

    def read_file(self, pod: Pod, container: str, path: str) -> bytes:
        """Return a file as a container sees it.

        One on a volume can be read as long as the pod is there, whether the
        container runs or not.

        Raises:
            TargetError: It is not there.
        """
        place = self._place(pod, container, path)
        return base64.b64decode(self.script(pod.node, node_scripts.READ_FILE, *place))

    def sha256(self, pod: Pod, container: str, path: str) -> str:
        """Return the SHA-256 of a file as a container sees it.

        Raises:
            TargetError: It is not there.
        """
        place = self._place(pod, container, path)
        return self.script(pod.node, node_scripts.SHA256, *place).split()[0]

    def _place(self, pod: Pod, container: str, path: str) -> tuple[str, str, str]:
        """Return where a file is: container id, path in it, and on the volume."""
        found = pod.container(container)
        volumes = {
            volume["name"]: volume["persistentVolumeClaim"]["claimName"]
            for volume in pod.at("spec", "volumes", default=[])
            if "persistentVolumeClaim" in volume
        }
        on_volume = "-|-"
        for mount in found.spec.get("volumeMounts") or ():
            root = mount["mountPath"].rstrip("/") + "/"
            if mount["name"] in volumes and path.startswith(root):
                steps = (mount.get("subPath"), path.removeprefix(root))
                claims = self._watches.of(Claim, pod.namespace)
                volume = claims[volumes[mount["name"]]].volume
                folders = [f"/var/lib/kubelet/pods/{pod.uid}/volumes/*/{volume}"]
                if found_volume := self.api.find(Volume, volume):
                    folders += [found_volume.folder] if found_volume.folder else []
                inner = "/".join(step for step in steps if step)
                on_volume = f"{' '.join(folders)}|{inner}"
        return found.id or "-", path, on_volume


def _process(line: str) -> Process:
    """Return the process in a line of the script."""
    pid, inner, state, kibibytes, command = line.split(maxsplit=4)
    return Process(
        pid=int(pid),
        inner_pid=int(inner),
        state=state,
        memory=int(kibibytes) * 1024,
        command=command.strip(),
    )


def _log_line(line: str) -> LogLine:
    """Return a line of a log in the runtime's form: moment, stream, flag, text."""
    moment, _, _, text = (*line.split(" ", 3), "", "", "")[:4]
    return LogLine(at=clock.seconds(moment), text=text)


def _limit(text: str) -> int | None:
    """Return a limit as the kernel writes it; None for no limit."""
    if text in {"max", "-1"} or int(text) >= _NO_LIMIT:
        return None
    return int(text)
