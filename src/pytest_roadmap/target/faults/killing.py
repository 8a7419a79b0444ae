"""Processes that are killed, stopped, or held before they have begun."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_roadmap.target import clock
from pytest_roadmap.target.chain_node import SigningState
from pytest_roadmap.target.faults.fault import FaultError
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.target.api import Api
    from pytest_roadmap.target.machines import Nodes, Process
    from pytest_roadmap.target.pods import Pod

_GONE: Final = 'test ! -e "/proc/$1" || grep -q "^State:.*[ZX] " "/proc/$1/status"'
# Several machines end their processes at one moment: which only the clock can tell.
_KILL_AT: Final = r"""
left=$(($2 - $(date +%s%N)))
if [ "$left" -gt 0 ]; then
  sleep "$(printf %d.%09d $((left / 1000000000)) $((left % 1000000000)))"
fi
kill -KILL "$1" && date +%s.%N
"""
_LEAD_S: Final = 2.0  # until a script has begun everywhere, on a busy machine
_IN_VOTE: Final = r"""
pid=$1; file=/proc/self/fd/3/$3
exec 3< "/proc/$pid/root$2" || exit 1
state() {
  height= round= step=
  while read -r key value; do
    value=${value%,}; value=${value#\"}; value=${value%\"}
    case $key in
      '"height":') height=$value ;;
      '"round":') round=$value ;;
      '"step":') step=$value ;;
    esac
  done < "$file"
}
state
before=$height/$round/$step
end=$(( $(date +%s) + $4 )); turn=0
while [ $(( turn % 20 )) -ne 0 ] || [ "$(date +%s)" -lt "$end" ]; do
  turn=$(( turn + 1 ))
  state
  if [ "${step:-0}" -ge 2 ] && [ "$height/$round/$step" != "$before" ]; then
    kill -KILL "$pid" || exit 1
    at=$(date +%s.%N)
    while [ -e "/proc/$pid" ] && ! grep -q "^State:.*[ZX] " "/proc/$pid/status"; do
      :
    done
    state
    echo "$at $height $round $step"
    exit 0
  fi
  sleep 0.003 # the nodes have no tool that hears of a changed file
done
echo "process $pid has not voted since $before" >&2
exit 1
"""
_STOP = 'kill -STOP "$1"'
_CONTINUE: Final = """
for file in $(grep -ls -- "$1" /proc/[0-9]*/cgroup); do
  folder=${file%/cgroup}
  kill -CONT "${folder#/proc/}" 2>/dev/null || true
done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A process that was killed: which, on which machine, and when."""

    process: Process
    machine: str
    at: float


def kill(nodes: Nodes, pod: Pod, container: str) -> Kill:
    """Send SIGKILL to a container's main process and see that it is gone.

    Raises:
        FaultError: It lives on.
    """
    process = nodes.process_of(pod, container)
    at = clock.now()
    nodes.script(pod.node, 'kill -KILL "$1"', str(process.pid))
    killed = Kill(process=process, machine=pod.node, at=at)
    try:
        pulse.ask_until(
            lambda: gone(nodes, killed),
            within=5,
            what="the end of the killed process",
            every=0.1,
        )
    except AssertionError as error:
        raise FaultError(f"process {process.pid} of {pod.name} lives on") from error
    return killed


def gone(nodes: Nodes, kill: Kill) -> bool:
    """Whether a killed process is there no more."""
    argv = ["sh", "-c", _GONE, "roadmap", str(kill.process.pid)]
    return nodes.run(kill.machine, argv).ok


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteKill:
    """A process that was killed at a vote: `state` is what it had signed last."""

    kill: Kill
    state: SigningState


def end(api: Api, nodes: Nodes, victims: Iterable[tuple[Pod, str]]) -> dict[str, Kill]:
    """Kill containers' main processes and delete their pods by force, all at once.

    A pod is deleted before the kubelet can start its container again.

    Returns:
        The killed processes, by pod.

    Raises:
        TargetError: A container does not run.
    """
    known = [(pod, nodes.process_of(pod, name)) for pod, name in victims]
    moment = clock.now() + (_LEAD_S if len(known) > 1 else 0)

    def one(pod: Pod, process: Process) -> Kill:
        """End one pod."""
        when = str(round(moment * 1e9))
        said = nodes.script(pod.node, _KILL_AT, str(process.pid), when)
        api.delete("Pod", pod.name, pod.namespace, grace=0)
        return Kill(process=process, machine=pod.node, at=float(said))

    with ThreadPoolExecutor(max(len(known), 1)) as pool:
        kills = pool.map(lambda pair: one(*pair), known)
        return {pod.name: kill for (pod, _), kill in zip(known, kills, strict=True)}


def kill_in_vote(
    nodes: Nodes, pod: Pod, container: str, path: str, *, within: float
) -> VoteKill:
    """Kill a validator's process as soon as it has signed its next vote.

    It is seen on its machine in the file of its signing state, some milliseconds
    after the signature: no event would be in time.

    Args:
        nodes: The machines.
        pod: The validator's pod.
        container: The container of the node process.
        path: The signing state's file, as the container sees it.
        within: Seconds to wait at most.

    Raises:
        TargetError: It has not voted, or does not run.
    """
    process = nodes.process_of(pod, container)
    folder, _, file = path.rpartition("/")
    arguments = (str(process.pid), folder, file, str(int(within)))
    said = nodes.script(pod.node, _IN_VOTE, *arguments, within=within + 10)
    moment, height, number, step = said.split()
    state = SigningState(height=int(height), round=int(number), step=int(step))
    kill = Kill(process=process, machine=pod.node, at=float(moment))
    return VoteKill(kill=kill, state=state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A container's main process held by SIGSTOP."""

    nodes: Nodes
    pod: Pod
    container: str
    process: Process

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.container} of {self.pod.name} is stopped (SIGSTOP)"

    def undo(self) -> tuple[Undo, ...]:
        """Let every process of the container go on."""
        identity = self.pod.container(self.container).id
        argv = ("sh", "-c", _CONTINUE, "roadmap", identity)
        return (Undo(way="run", node=self.pod.node, argv=argv),)

    def inject(self) -> None:
        """Stop the process."""
        self.nodes.script(self.pod.node, _STOP, str(self.process.pid))

    def is_on(self) -> str:
        """Look for state T in /proc."""
        state = self._state()
        return "" if state in {"T", "t"} else f"its state is {state or 'gone'}"

    def is_off(self) -> str:
        """Look for any other state, or for no such process."""
        state = self._state()
        return "its state is still T" if state in {"T", "t"} else ""

    def _state(self) -> str:
        """Return the process's state, or nothing when it is gone."""
        found = self.nodes.processes(self.pod, self.container)
        return next((p.state for p in found if p.pid == self.process.pid), "")
