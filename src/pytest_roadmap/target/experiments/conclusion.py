"""What an experiment ends with, complete, so that several probes can judge it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Protocol

from pytest_roadmap.model.timeline import KIND
from pytest_roadmap.target.experiments import impact, safety

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_roadmap.model import Timeline
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.experiment import Experiment
    from pytest_roadmap.target.experiments.impact import Impact
    from pytest_roadmap.target.experiments.safety import Safety

_SHOWN: Final = 5


class Book(Protocol):
    """Where a probe's numbers and records go (the `evidence` fixture)."""

    def measure(self, name: str, value: float) -> float:
        """Record a number."""
        ...

    def attach(self, name: str, content: object, kind: str = "record") -> None:
        """Record content."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What is known when the faults are healed and the chain has recovered.

    `misbehaved` are the addresses that evidence in blocks may name.
    """

    safety: Safety
    impact: Impact
    timeline: Timeline
    misbehaved: frozenset[str] = frozenset()

    def judge(self, book: Book) -> None:
        """Record it, and claim that the chain stayed one chain.

        Raises:
            AssertionError: Two blocks have one height, an application computed
                another state, or evidence accuses a validator of what it has
                not done.
        """
        book.attach("time-line", self.timeline.to_text(), kind=KIND)
        book.attach("cost of the faults", asdict(self.impact))
        book.measure("conflicting_heights", len(self.safety.conflicts))
        book.measure("compared_heights", self.safety.compared)
        problem = self._problem()
        if problem:
            raise AssertionError(problem)

    def _problem(self) -> str:
        """Return what is wrong; empty for a chain that stayed one chain."""
        wrong = "; ".join([*self.safety.conflicts[:_SHOWN], *self.safety.mismatches])
        if wrong:
            return wrong
        if not self.safety.compared:
            return "no height is known of two nodes"
        accused = sorted(self.safety.accused - self.misbehaved)
        if accused:
            return (
                f"evidence in a block accuses {', '.join(accused)}, "
                "which the experiment did not make misbehave"
            )
        return ""


def conclude(
    experiment: Experiment, nodes: Iterable[ChainNode], misbehaved: Iterable[str]
) -> Conclusion:
    """Ask the nodes, and return what the experiment ends with.

    Raises:
        RpcError: A node does not answer.
        NeverHappenedError: No more blocks come.
    """
    chain = experiment.chain
    began = experiment.drawing.began
    since = experiment.baseline.until if began is None else began
    first = max(experiment.baseline.height, 1)
    return Conclusion(
        safety=safety.check(tuple(nodes) or chain.all_nodes, chain.blocks, first),
        impact=impact.measure(experiment, since),
        timeline=experiment.timeline(),
        misbehaved=frozenset(misbehaved),
    )
