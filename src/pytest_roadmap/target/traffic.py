"""A few transactions per second, as long as a probe wants them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pytest_roadmap.target.pulse import pulse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_roadmap.target.chain import ChainInstance


@contextlib.contextmanager
def flowing(instance: ChainInstance, *, within: float) -> Iterator[None]:
    """Run the load role, from its first transaction in a block to the block's end.

    Raises:
        UnavailableError: The profile has no load role.
        NeverHappenedError: No transaction gets into a block.
    """
    role = instance.profile.role("load")
    if instance.profile.api is not None and not instance.api_nodes:
        instance.with_api(1)  # an own instance is born without: clients need one
    before = instance.height
    instance.scale(role, 1)
    try:
        pulse.until(
            lambda: sum(b.transactions for b in instance.blocks.after(before)),
            within=within,
            what="the first transaction in a block",
            seen=lambda: f"{instance.blocks.brief()}; {instance.pods.brief()}",
        )
        yield
    finally:
        instance.scale(role, 0)
