"""A scripted peer with a validator's real key, among honest nodes.

It forges votes and proposals, proposes two blocks that are not valid, and shows
two valid ones to two sides; between the acts it stands in for the validator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.misbehaving import Acts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.probes.evidence import EvidenceBook
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.experiments.misbehaviour import (
        BadProposal,
        Equivocation,
        Forging,
    )
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.overlays import CounterExample

WARM_UP_BLOCKS = 2
WARM_UP_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ByzantineRun:
    """What was seen; an act that could not be recorded has a problem instead."""

    validator: ChainNode
    address: str
    honest: tuple[ChainNode, ...]
    forging: Forging | str
    wrong_app_hash: BadProposal | str
    unsigned_transfer: BadProposal | str
    equivocation: Equivocation | str
    conclusion: Conclusion | str

    def judge(self, evidence: EvidenceBook) -> None:
        """Claim that the chain stayed one chain.

        Raises:
            UnavailableError: Its nodes could not be compared.
        """
        if isinstance(self.conclusion, str):
            raise UnavailableError(f"the chain is not known: {self.conclusion}")
        self.conclusion.judge(evidence)


@pytest.fixture(scope="session")
def byzantine_run(
    chains: ChainPool, counterexample: CounterExample | None
) -> ByzantineRun:
    """A scripted peer's acts, one after the other, on one chain.

    On a counter-example only the act that it is about is done.
    """
    chain = chains.acquire()
    only = counterexample.requirement if counterexample else ""
    try:
        with Experiment(chain, events=("Vote", "CompleteProposal")) as experiment:
            return _record(experiment, only)
    except (NeverHappenedError, TargetError) as error:
        message = f"the acts of a scripted peer could not be recorded: {error}"
        raise UnavailableError(message) from error
    finally:
        chains.discard(chain)


def _record(experiment: Experiment, only: str) -> ByzantineRun:
    """Return the whole record, or that of one requirement's act."""
    chain, faults, inject = experiment.chain, experiment.faults, experiment.inject
    acts = Acts(experiment)

    def about(requirement: str, act: Callable[[], Any]) -> Any:
        """Return what a requirement's act has brought, if it is asked for."""
        if only not in {"", requirement}:
            return f"the counter-example is about {only}"
        return _tried(act)

    away = faults.scaled_away(chain, chain.profile.validators, len(acts.honest))
    with inject(faults.scripted_peer(acts.validator)), inject(away):
        acts.peer.act("stand-in", within=10)
        chain.blocks.wait_for_blocks(WARM_UP_BLOCKS, within=WARM_UP_S)
        forging = about("CHAOS-BYZ-1", acts.forge)
        wrong = about("CHAOS-BYZ-5", acts.propose_wrong_app_hash)
        unsigned = about("CHAOS-BYZ-5", acts.propose_unsigned_transfer)
        equivocation = about("CHAOS-BYZ-4", acts.equivocate)
        acts.peer.act("stop", within=10)
        return ByzantineRun(
            validator=acts.validator,
            address=acts.address,
            honest=acts.honest,
            forging=forging,
            wrong_app_hash=wrong,
            unsigned_transfer=unsigned,
            equivocation=equivocation,
            conclusion=_tried(
                lambda: experiment.conclude(
                    *acts.peer.honest, misbehaved=[acts.address]
                )
            ),
        )


def _tried(act: Callable[[], Any]) -> Any:
    """Return what an act has brought, or what kept it from being recorded."""
    try:
        return act()
    except (NeverHappenedError, TargetError) as error:
        return str(error)
