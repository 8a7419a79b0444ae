"""What a scripted peer does to a chain, and what is seen of it.

acts = Acts(experiment)                  # the last validator's key is the peer's
with inject(faults.scripted_peer(acts.validator)), inject(away):
    acts.peer.act("stand-in", within=10)
    forging = acts.forge()
    bad = acts.propose_wrong_app_hash()
    split = acts.equivocate()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_roadmap.errors import NeverHappenedError, TargetError
from pytest_roadmap.target import clock, double_votes, signed_votes, transactions
from pytest_roadmap.target.experiments.misbehaviour import (
    BadProposal,
    Equivocation,
    Forging,
)
from pytest_roadmap.target.faults.peering import ScriptedPeer
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.staking import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.experiments.experiment import Experiment
    from pytest_roadmap.target.signed_votes import DoubleVote, Vote

_FORGED_HEIGHTS: Final = 10
_ACT_S: Final = 150.0
_SHOWN_S: Final = 20.0
_HOLD_BLOCKS: Final = 2  # by the side with a quorum while the other is cut off
_RECOVERY_S: Final = 60.0
_EVIDENCE_BLOCKS: Final = 25
_BLOCK_S: Final = 8.0
_NEXT: Final = 2  # heights by which two tips that are together may differ, less one


class Acts:
    """The acts of a scripted peer that has the last validator's key.

    Args:
        experiment: With the events Vote and CompleteProposal.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.chain = experiment.chain
        self.validator = self.chain.validators[-1]
        self.address = self.validator.address
        self.honest = self.chain.validators[:-1]
        self.addresses = {node.address: node.name for node in self.honest}
        self.peer = ScriptedPeer(validator=self.validator)
        self.ledger = Ledger(self.chain, *(node.name for node in self.honest))
        self.before = self.ledger.stakes()

    # ------------------------------------------------------------------- acts

    def forge(self) -> Forging:
        """Have votes and proposals forged for some heights."""
        chain, began = self.chain, clock.now()
        self.experiment.note("votes and proposals are forged", began)
        told = self.peer.act("forge", heights=str(_FORGED_HEIGHTS), within=_ACT_S)
        gap = self.experiment.gap_rounds(began)
        chain.blocks.wait_for_height(int(told["last"]) + 2, within=10 * _BLOCK_S)
        counted: list[Vote] = []
        heights = range(int(told["first"]) - 1, int(told["last"]) + 1)
        for height in heights:
            counted += self._forged_in(height)
        after = self.ledger.stakes()
        return Forging(
            written=told["written"],
            complaints={node.name: _complaints(node) for node in self.honest},
            counted=tuple(counted),
            verified=len(heights),
            restarts=sum(node.container.restarts for node in self.honest),
            slashed=frozenset(
                a for a, s in after.items() if s.tokens < self.before[a].tokens
            ),
            gap_rounds=gap,
        )

    def _forged_in(self, height: int) -> tuple[Vote, ...]:
        """Return the votes of a commit that nobody's key has signed."""
        rpc = self.honest[0].rpc
        commit = rpc.call("commit", height=str(height))["signed_header"]["commit"]
        keys = {m.address: m.public_key for m in rpc.validators(height)}
        return signed_votes.unverified(commit, keys, self.chain.profile.chain_id)

    def propose_wrong_app_hash(self) -> BadProposal:
        """Have a block with another app hash proposed."""
        return self._propose(app_hash="wrong")

    def propose_unsigned_transfer(self) -> BadProposal:
        """Have a block proposed with a transfer that its sender has not signed."""
        return self._propose(tx=self._transfer(spoiled=True).hex())

    def _propose(self, **arguments: str) -> BadProposal:
        """Have a block proposed that is not valid, and wait for the decision."""
        sender, receiver = self.ledger.signer(self.honest[0]), self._receiver()
        balance, began = self.ledger.balance(receiver), clock.now()
        rejections = {node.name: self._rejections(node) for node in self.honest}
        told = self.peer.act("propose", within=_ACT_S, **arguments)
        height, block = int(told["height"]), str(told["hash"])
        self.experiment.note(f"a bad block is proposed at height {height}", began)
        decided = self.chain.blocks.wait_for_height(height, within=10 * _BLOCK_S)
        following = self.chain.blocks.wait_for_height(height + 1, within=10 * _BLOCK_S)
        record = self.experiment.record
        complete = record.events(
            "CompleteProposal", height=height, where=lambda event: event.block == block
        )
        prevotes = record.events(
            "Vote",
            height=height,
            where=lambda e: e.vote == "prevote" and e.round == 0,
        )
        return BadProposal(
            height=height,
            hash=block,
            seen=frozenset(event.node for event in complete),
            prevotes={
                self.addresses[vote.address]: vote.block
                for vote in prevotes
                if vote.address in self.addresses
            },
            committed=decided.hash,
            round=following.round,
            rejected={
                node.name: self._rejections(node) - rejections[node.name]
                for node in self.honest
            },
            moved=abs(self.ledger.balance(receiver) - balance)
            + self.ledger.signer(self.honest[0]).sequence
            - sender.sequence,
        )

    def equivocate(self) -> Equivocation:
        """Cut one honest validator off the rest, and have it shown another block."""
        chain, inject = self.chain, self.experiment.inject
        one, apart = self.honest[:-1], self.honest[-1]
        links = [(node, apart) for node in (*one, *chain.full)]
        names = ",".join(node.name for node in (*one, *chain.full))
        sides = {"one": names, "other": apart.name}
        # While they are cut from each other they keep up through the peer, until
        # it is its turn to propose.
        self.peer.act("relay", within=10, **sides)
        with inject(self.experiment.faults.network.links(*links)) as cut:
            transfer = self._transfer().hex()
            told = self.peer.act("split", within=_ACT_S, other_tx=transfer, **sides)
            height = int(told["height"])
            self._until_shown(height)
            _quietly(
                lambda: chain.blocks.wait_for_height(
                    height + _HOLD_BLOCKS, within=_SHOWN_S
                )
            )
            apart_yet = self._blocks_of(height)
            cut.heal()
        self.peer.act("relay", within=10)
        recovery = self._recovery(height, clock.now())
        evidence = self._evidence(height)
        complete = self.experiment.record.events("CompleteProposal", height=height)
        return Equivocation(
            height=height,
            blocks=(str(told["hash"]), str(told["other"])),
            # The first one: what was shown is followed by what was decided.
            shown={e.node: e.block for e in reversed(complete) if e.round == 0},
            committed={
                name: block or apart_yet[name]
                for name, block in self._blocks_of(height).items()
            },
            recovery_s=recovery,
            evidence_at=min(evidence, default=None),
            proofs=tuple(proof for proofs in evidence.values() for proof in proofs),
            last=chain.height,
        )

    # ------------------------------------------------------------------ seeing

    def _until_shown(self, height: int) -> None:
        """Wait until every honest validator has a whole block at a height."""
        record = self.experiment.record
        names = {node.name for node in self.honest}
        pulse.until(
            lambda: (
                names
                <= {e.node for e in record.events("CompleteProposal", height=height)}
            ),
            within=_SHOWN_S,
            what="a block at every validator",
            seen=record.brief,
        )

    def _recovery(self, height: int, since: float) -> float | None:
        """Return the seconds until all are beyond a height with one block at it."""

        def together() -> bool:
            """Whether they are."""
            found = set(self._blocks_of(height).values())
            tips = [node.rpc.status().height for node in self.honest]
            return len(found) == 1 and "" not in found and max(tips) - min(tips) < _NEXT

        if _quietly(
            lambda: self.chain.until_true(
                together, within=_RECOVERY_S, what="one block on every node"
            )
        ):
            return None
        return clock.now() - since

    def _evidence(self, height: int) -> dict[int, list[DoubleVote]]:
        """Return the evidence in blocks above a height, once there is any."""
        blocks = self.chain.blocks
        _quietly(
            lambda: pulse.until(
                lambda: (
                    blocks.evidence(above=height)
                    or blocks.height > height + _EVIDENCE_BLOCKS
                ),
                within=_EVIDENCE_BLOCKS * _BLOCK_S,
                what="evidence in a block",
                seen=blocks.brief,
            )
        )
        return double_votes.committed(self.chain, height)

    def _blocks_of(self, height: int) -> dict[str, str]:
        """Return the hash that each node has at a height; empty where it has none."""
        found = {}
        for node in self.peer.honest:
            try:
                headers = node.rpc.headers(height, height)
            except TargetError:
                headers = ()  # after a fork a node may have stopped
            found[node.name] = next((header.hash for header in headers), "")
        return found

    def _rejections(self, node: ChainNode) -> int:
        """Return how many proposals a node's application has rejected."""
        return int(node.metric("proposals_received", absent=0, status="rejected"))

    # -------------------------------------------------------------- transfers

    def _receiver(self) -> str:
        """Return the account that transfers go to."""
        return self.ledger.signer(self.honest[1]).address

    def _transfer(self, *, spoiled: bool = False) -> bytes:
        """Return a transfer from one operator to another."""
        signer = self.ledger.signer(self.honest[0])
        denom = self.chain.profile.denom
        message = transactions.send(signer.address, self._receiver(), 1, denom)
        chain_id = self.chain.profile.chain_id
        return transactions.signed([message], signer, chain_id, spoiled=spoiled)


def _quietly(wait: Callable[[], object]) -> str:
    """Wait; return why in vain, for what the record tells by itself."""
    try:
        wait()
    except (NeverHappenedError, TargetError) as error:
        return str(error)
    return ""


def _complaints(node: ChainNode) -> int:
    """Return how often a node's log tells of signatures that do not verify."""
    lines = node.log().splitlines()
    return sum("invalid" in line and "signature" in line for line in lines)
