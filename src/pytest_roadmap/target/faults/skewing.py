"""A node process whose wall clock is wrong, while everybody else's is right.

A process asks for the time by a function that the kernel maps into it (vdso(7)).
In this one process it is overwritten by one that makes the system call and moves
CLOCK_REALTIME by some seconds.  CLOCK_MONOTONIC stays as it is, nothing else on
the machine is touched, and a process that starts anew has the right clock.
"""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import clock
from pytest_roadmap.target.journal import Undo

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.machines import Nodes

_FUNCTION: Final = "__vdso_clock_gettime"
_MACHINE: Final = "EM_X86_64"
# clock_gettime(edi: clock, rsi: where to) as a system call; then, for clock 0 only,
# which is CLOCK_REALTIME, the seconds that follow are added to those at rsi.
_CALL: Final = bytes.fromhex("b8e4000000 0f05 85ff 750d 48b9")
_ADD: Final = bytes.fromhex("48010e c3")
_LEAST_S: Final = 20.0  # less cannot be told from a slow block
_SEEN_S: Final = 8.0  # by which a right clock seems to be wrong at most
_BORN: Final = r"""
born() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
"""
_READ: Final = (
    _BORN
    + r"""
range=$(grep -F '[vdso]' "/proc/$1/maps" | cut -d ' ' -f 1)
[ -n "$range" ] || { echo "process $1 has no vDSO" >&2; exit 1; }
start=$((0x${range%-*})); end=$((0x${range#*-}))
echo "$(born "$1") $start"
dd if="/proc/$1/mem" bs=4096 skip=$((start / 4096)) count=$(((end - start) / 4096)) \
  2>/dev/null | base64 -w 0
"""
)
"""Prints when process $1 was born, where its vDSO is, and the vDSO."""
_WRITE: Final = (
    _BORN
    + r"""
[ "$(born "$1")" = "$2" ] || { echo "the process has ended" >&2; exit "$6"; }
busy() {
  for thread in /proc/"$1"/task/*/syscall; do
    at=$(awk '{print $NF}' "$thread" 2>/dev/null)
    case $at in 0x*) ;; *) return 0 ;; esac
    [ $((at)) -lt "$3" ] || [ $((at)) -ge $(($3 + $4)) ] || return 0
  done
  return 1
}
state=$(awk '/^State:/ {print $2}' "/proc/$1/status")
go_on() { [ "$state" = T ] || kill -CONT "$1"; }
trap 'go_on "$1"' EXIT
for turn in $(seq 100); do
  kill -STOP "$1"
  if ! busy "$@"; then
    printf %s "$5" | base64 -d |
      dd of="/proc/$1/mem" bs=64 oflag=seek_bytes seek="$3" conv=notrunc 2>/dev/null
    exit $?
  fi
  go_on "$1"
done
echo "its threads do not leave the function" >&2
exit 1
"""
)
"""Writes code $5 over the function at $3 of size $4 in process $1, born at $2.

The process is held meanwhile, and no thread may be inside of the function.  The
script ends with $6 where the process has ended.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCall:
    """The function by which a process asks for the time."""

    born: str  # of the process, in the kernel's ticks
    address: int
    code: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Skewed:
    """A process whose wall clock is off.

    Attributes:
        name: Of the node.
        machine: Where it runs.
        pid: Its process, on that machine.
        seconds: By how much, ahead or (negative) behind.
        before: The function as it was.
        measured: Returns by how many seconds the node's clock seems to be off.
    """

    nodes: Nodes
    name: str
    machine: str
    pid: int
    seconds: float
    before: TimeCall
    measured: Callable[[], float]

    def what(self) -> str:
        """Return the fault in words."""
        way = "ahead" if self.seconds > 0 else "behind"
        return f"the clock of {self.name} is {abs(self.seconds):.0f} s {way}"

    def undo(self) -> tuple[Undo, ...]:
        """Write the former function back; a process that has ended needs none."""
        argv = ("sh", "-c", _WRITE, "roadmap", *self._arguments(self.before.code), "0")
        return (Undo(way="run", node=self.machine, argv=argv),)

    def inject(self) -> None:
        """Write the other function over it."""
        arguments = (*self._arguments(moved_by(self.seconds)), "1")
        self.nodes.script(self.machine, _WRITE, *arguments)

    def is_on(self) -> str:
        """Look at the function, and at the time that the node tells."""
        now = self._now()
        if now is None or not now.code.startswith(moved_by(self.seconds)):
            return "the process asks for the time as before"
        seen = self.measured()
        if abs(seen - self.seconds) <= _SEEN_S:
            return ""
        return f"the clock of {self.name} seems to be off by {round(seen)} s"

    def is_off(self) -> str:
        """Look for the former function, or another process."""
        now = self._now()
        if now is None or now.code == self.before.code:
            return ""
        return "the process still asks for the time by our function"

    def _now(self) -> TimeCall | None:
        """Return the function as it is; None where the process has ended."""
        try:
            now = time_call_of(self.nodes, self.machine, self.pid)
        except TargetError:
            return None
        return now if now.born == self.before.born else None

    def _arguments(self, code: bytes) -> tuple[str, ...]:
        """Return what the script is told, but for its last argument."""
        where = (str(self.before.address), str(len(self.before.code)))
        return (
            str(self.pid),
            self.before.born,
            *where,
            base64.b64encode(code).decode(),
        )


def enough(seconds: float) -> None:
    """Refuse a skew that could not be seen.

    Raises:
        TargetError: It is too small.
    """
    if abs(seconds) < _LEAST_S:
        raise TargetError(
            f"a clock that is {seconds:g} s off cannot be told from a slow block",
            remedy=f"ask for {_LEAST_S:g} s at least, ahead or behind",
        )


def ahead(node: ChainNode) -> float:
    """Return by how many seconds a node's clock seems to be ahead of ours.

    It begins a height a little after the last commit, and tells when that is.

    Raises:
        RpcError: It does not answer.
    """
    state = node.rpc.call("consensus_state")["round_state"]
    return clock.seconds(state["start_time"]) - clock.now()


def moved_by(seconds: float) -> bytes:
    """Return the code that moves CLOCK_REALTIME by whole seconds."""
    return _CALL + struct.pack("<q", round(seconds)) + _ADD


def time_call_of(nodes: Nodes, machine: str, pid: int) -> TimeCall:
    """Return the function by which a process asks for the time.

    Raises:
        TargetError: The process has ended, or has none.
        UnavailableError: The machine is of a kind for which we have no code.
    """
    said, _, text = nodes.script(machine, _READ, str(pid)).partition("\n")
    born, start = said.split()
    image = base64.b64decode(text)
    elf = ELFFile(io.BytesIO(image))
    if elf["e_machine"] != _MACHINE:
        raise UnavailableError(
            f"clocks are moved on {_MACHINE}, not {elf['e_machine']}"
        )
    table = elf.get_section_by_name(".dynsym")
    found = isinstance(table, SymbolTableSection) and table.get_symbol_by_name(
        _FUNCTION
    )
    if not found:
        raise UnavailableError(f"the kernel of {machine} has no {_FUNCTION}")
    place, size = found[0]["st_value"], found[0]["st_size"]
    code = image[place : place + size]
    return TimeCall(born=born, address=int(start) + place, code=code)
