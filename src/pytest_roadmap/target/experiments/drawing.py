"""The time-line of an experiment as it comes about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import Band, BlockSamples, NodeSamples, Timeline

if TYPE_CHECKING:
    from pytest_roadmap.target.blocks import Blocks
    from pytest_roadmap.target.experiments.experiment import Baseline
    from pytest_roadmap.target.experiments.node_record import NodeRecord, Sample
    from pytest_roadmap.target.faults import Fault


class Drawing:
    """Collects the faults, and says when what was broken had recovered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._moments: list[Band] = []
        self._recovered: list[float] = []

    def add(self, fault: Fault) -> None:
        """Take a fault in; its moments are read when the time-line is made."""
        self._faults.append(fault)

    def note(self, what: str, at: float) -> None:
        """Take in what has one moment only."""
        self._moments.append(Band(what=what, injected=at))

    def recovered(self, at: float) -> None:
        """Say that something has recovered; it belongs to the faults before it."""
        self._recovered.append(at)

    @property
    def began(self) -> float | None:
        """When the first fault was injected, if any was."""
        moments = [band.injected for band in self.bands()]
        return min(moments, default=None)

    def bands(self) -> tuple[Band, ...]:
        """Return the faults in order, moments in seconds since the epoch."""
        bands = [
            Band(
                what=fault.what,
                injected=fault.injected,
                verified=fault.since or None,
                healed=fault.healed,
                off=fault.off,
            )
            for fault in self._faults
            if fault.injected
        ]
        bands = sorted([*bands, *self._moments], key=lambda band: band.injected)
        return tuple(
            replace(band, recovered=self._recovery_after(band)) for band in bands
        )

    def timeline(
        self, record: NodeRecord, blocks: Blocks, baseline: Baseline
    ) -> Timeline:
        """Return everything, relative to the beginning of the baseline."""
        zero = baseline.since
        made = blocks.since(zero)
        return Timeline(
            began=zero,
            nodes=tuple(
                (name, _columns(record.samples(name), zero)) for name in record.nodes
            ),
            blocks=BlockSamples(
                at=tuple(blocks.committed_at(b.height) - zero for b in made),
                height=tuple(b.height for b in made),
                transactions=tuple(b.transactions for b in made),
            ),
            bands=tuple(_relative(band, zero) for band in self.bands()),
        )

    def _recovery_after(self, band: Band) -> float | None:
        """Return the first recovery after a band's end."""
        end = band.off or band.injected
        return min((at for at in self._recovered if at >= end), default=None)


def _columns(samples: tuple[Sample, ...], zero: float) -> NodeSamples:
    """Return samples as columns, relative to `zero`."""
    return NodeSamples(
        at=tuple(sample.at - zero for sample in samples),
        height=tuple(sample.height for sample in samples),
        round=tuple(sample.round for sample in samples),
        peers=tuple(len(sample.peers) for sample in samples),
        latency_ms=tuple(sample.latency * 1000 for sample in samples),
        pending=tuple(sample.pending for sample in samples),
    )


def _relative(band: Band, zero: float) -> Band:
    """Return a band with moments relative to `zero`."""

    def moved(moment: float | None) -> float | None:
        """Return a moment relative to `zero`, to the millisecond."""
        return None if moment is None else round(moment - zero, 3)

    return Band(
        what=band.what,
        injected=round(band.injected - zero, 3),
        verified=moved(band.verified),
        healed=moved(band.healed),
        off=moved(band.off),
        recovered=moved(band.recovered),
    )
