"""A validator that withholds its votes, is jailed for it, and released again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import NeverHappenedError, TargetError, UnavailableError
from pytest_roadmap.target import clock, transactions
from pytest_roadmap.target.experiments import Experiment
from pytest_roadmap.target.experiments.recovery import third_signature
from pytest_roadmap.target.faults.peering import ScriptedPeer
from pytest_roadmap.target.pulse import pulse
from pytest_roadmap.target.staking import Ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.chain_node import ChainNode
    from pytest_roadmap.target.comet import Block
    from pytest_roadmap.target.experiments import Conclusion
    from pytest_roadmap.target.instances import ChainPool
    from pytest_roadmap.target.staking import SigningInfo, SlashingRules, Stake

VARIANT = "quick-jail"
PATIENCE_BLOCKS = 15  # beyond the window
UNJAILED_BLOCKS = 15  # beyond the limit
CALM_BLOCKS = 20  # in which it must not be jailed again
BLOCK_S = 8.0
BACK_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """The first half: until it is jailed, or until the patience has ended.

    `missed` are its missed blocks by the height at which they were asked,
    `proposed` the hashes of the blocks that the peer says it has proposed,
    `first` and `last` the first height without its signature and the one at
    which it was seen jailed, `blocks` those between, `counted` these and as many
    earlier ones as the window has; `members` are in the set afterwards.
    """

    rules: SlashingRules
    before: Mapping[str, Stake]
    after: Mapping[str, Stake]
    missed: Mapping[int, int]
    proposed: frozenset[str]
    first: int
    last: int
    blocks: tuple[Block, ...]
    counted: tuple[Block, ...]
    gap_rounds: float
    members: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The second half: `code` is that of the transaction in its block.

    `signing` is the height of the first of three signatures in a row, None
    where there were none until the height `seen`.
    """

    code: int
    log: str
    height: int
    signing: int | None
    seen: int
    info: SigningInfo
    stake: Stake
    later: Stake
    members: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DowntimeJail:
    """What was seen; `release` is None where nobody was jailed."""

    chain: ChainInstance
    validator: ChainNode
    address: str
    withholding: Withholding
    release: Release | None
    conclusion: Conclusion


@pytest.fixture(scope="session")
def downtime_jail(chains: ChainPool) -> DowntimeJail:
    """A validator's votes withheld until it is jailed, and its release."""
    pool = chains.variant(VARIANT)
    chain = pool.acquire()
    try:
        with Experiment(chain) as experiment:
            return _record(experiment)
    except (NeverHappenedError, TargetError) as error:
        message = f"a jailing could not be recorded: {error}"
        raise UnavailableError(message) from error
    finally:
        pool.discard(chain)


def _record(experiment: Experiment) -> DowntimeJail:
    """Return the whole record."""
    chain, faults = experiment.chain, experiment.faults
    validator = chain.validators[-1]
    address, honest = validator.address, chain.validators[:-1]
    ledger = Ledger(chain, *(node.name for node in honest))
    away = faults.scaled_away(chain, chain.profile.validators, len(honest))
    with experiment.inject(faults.scripted_peer(validator)), experiment.inject(away):
        withholding = _withhold(experiment, validator, ledger)
    chain.until_true(
        lambda: _caught_up(chain, validator),
        within=BACK_S,
        what=f"{validator}'s return",
    )
    jailed = withholding.after[address].jailed
    release = _release(experiment, validator, ledger) if jailed else None
    return DowntimeJail(
        chain=chain,
        validator=validator,
        address=address,
        withholding=withholding,
        release=release,
        conclusion=experiment.conclude(),
    )


def _withhold(
    experiment: Experiment, validator: ChainNode, ledger: Ledger
) -> Withholding:
    """Let the peer propose and not vote, until the validator is jailed."""
    chain, blocks, address = (
        experiment.chain,
        experiment.chain.blocks,
        validator.address,
    )
    peer = ScriptedPeer(validator=validator)
    before, rules, began = ledger.stakes(), ledger.rules(), clock.now()
    peer.act("withhold", within=10)
    first = _first_missed(chain, address)
    end = first + rules.window + PATIENCE_BLOCKS
    missed: dict[int, int] = {}

    def jailed() -> bool:
        """Ask how it stands."""
        info, stake = ledger.signing_infos()[address], ledger.stakes()[address]
        if not stake.jailed:
            missed[chain.height] = info.missed
        return stake.jailed or chain.height > end

    chain.until_true(jailed, within=(end - first) * BLOCK_S, what="its jailing")
    last = chain.height
    blocks.wait_for_blocks(3, within=3 * BLOCK_S)
    peer.act("stop", within=10)
    counted = tuple(b for b in blocks.after(first - rules.window) if b.height <= last)
    return Withholding(
        rules=rules,
        before=before,
        after=ledger.stakes(),
        missed=missed,
        proposed=frozenset(_proposed(peer.told())),
        first=first,
        last=last,
        blocks=tuple(block for block in counted if block.height >= first),
        counted=counted,
        gap_rounds=experiment.gap_rounds(began),
        members=_members(chain),
    )


def _release(experiment: Experiment, validator: ChainNode, ledger: Ledger) -> Release:
    """Send one transaction when the jail opens."""
    chain, blocks, address = (
        experiment.chain,
        experiment.chain.blocks,
        validator.address,
    )
    until = ledger.signing_infos()[address].jailed_until
    pulse.until(
        lambda: (latest := blocks.latest) is not None and latest.time > until,
        within=max(until - clock.now(), 0) + BACK_S,
        what="the jail to open",
    )
    signer = ledger.signer(validator)
    message = transactions.unjail(ledger.stakes()[address].operator)
    raw = transactions.signed([message], signer, chain.profile.chain_id)
    sent = clock.now()
    chain.validators[0].rpc.broadcast(raw)
    height, code, log = transactions.outcome(chain, raw, since=sent, within=BACK_S)
    experiment.note("MsgUnjail", sent)
    signing = _signing(chain, address, sent, height)
    info, stake, seen = ledger.signing_infos()[address], ledger.stakes()[address], 0
    seen, members = chain.height, _members(chain)
    if signing is not None:
        blocks.wait_for_height(signing + CALM_BLOCKS, within=CALM_BLOCKS * BLOCK_S)
    return Release(
        code=code,
        log=log,
        height=height,
        signing=signing,
        seen=seen,
        info=info,
        stake=stake,
        later=ledger.stakes()[address],
        members=members,
    )


def _signing(
    chain: ChainInstance, address: str, since: float, height: int
) -> int | None:
    """Return the height of the first of three signatures in a row."""

    def signed() -> float | None:
        """Return when the third was given."""
        return third_signature(chain.blocks, address, since)

    pulse.until(
        lambda: signed() or chain.height > height + UNJAILED_BLOCKS,
        within=UNJAILED_BLOCKS * BLOCK_S,
        what="three signatures in a row",
    )
    vote = chain.blocks.first_signature(address, since)
    return vote.height if vote and signed() else None


def _first_missed(chain: ChainInstance, address: str) -> int:
    """Return the first height since which it has not signed."""
    blocks = chain.blocks

    def missed() -> int:
        """Return the height, once a commit is without it."""
        first = 0
        for block in reversed(blocks.after(1)):
            if address in block.signers:
                break
            first = block.height - 1
        return first

    return pulse.until(missed, within=10 * BLOCK_S, what="a commit without it")


def _caught_up(chain: ChainInstance, validator: ChainNode) -> bool:
    """Whether its own pod is at the tip."""
    try:
        status = validator.rpc.status()
    except TargetError:
        return False
    return not status.catching_up and status.height >= chain.height - 1


def _members(chain: ChainInstance) -> frozenset[str]:
    """Return the addresses in the validator set."""
    found = chain.validators[0].rpc.validators()
    return frozenset(member.address for member in found)


def _proposed(lines: list[str]) -> list[str]:
    """Return the hashes of the blocks that the peer says that it has proposed."""
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return [line["hash"] for line in told if line.get("event") == "proposed"]
