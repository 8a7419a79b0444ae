"""An experiment that a shared fact records: on an instance lent for it.

with staged(chains, events=("Vote",)) as experiment:
    …                                   # as far as it gets
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pytest_roadmap.errors import NeverHappenedError
from pytest_roadmap.target.comet import RpcError
from pytest_roadmap.target.experiments.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_roadmap.target.chain import ChainInstance
    from pytest_roadmap.target.instances import ChainPool

READY_S = 120.0


@contextlib.contextmanager
def staged(
    chains: ChainPool,
    *,
    events: Sequence[str] = (),
    before: Callable[[ChainInstance], object] = lambda _: None,
) -> Iterator[Experiment]:
    """Lend an instance and watch it; give it back, unless something went wrong.

    Args:
        chains: Where it is lent.
        events: The consensus events to record.
        before: What is to be done with the instance before the baseline.

    Raises:
        UnavailableError: No healthy instance can be had.
    """
    chain = chains.acquire()
    sound = False
    try:
        before(chain)
        with Experiment(chain, events=events) as experiment:
            yield experiment
        sound = True
    finally:
        if sound:
            chains.release(chain)
        else:
            chains.discard(chain)


def told(step: Callable[[], object]) -> str:
    """Do a step of a story; return why it did not come to its end, if so.

    What a node does not do, or does not answer, is part of the story; a fault that
    cannot be made is not.
    """
    try:
        step()
    except (NeverHappenedError, RpcError) as error:
        return str(error)
    return ""
