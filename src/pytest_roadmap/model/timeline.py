"""What happened to a chain while faults were on: the samples and the bands.

It travels as the text of a piece of evidence of kind `timeline`, in columns:

    {"began": 1766000000.0,
     "nodes": {"validator-0": {"at": [0.4, 1.4], "height": [7, 8], …}},
     "blocks": {"at": [0.9], "height": [8], "transactions": [12]},
     "bands": [{"what": "P2P of validator-0 is cut", "injected": 2.1, …}]}

Moments are seconds since `began`, which is UTC in seconds since the epoch.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

KIND: Final = "timeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSamples:
    """What one node said, one entry of each column per sample.

    `height` is the newest committed one, `round` that of the height being
    decided, `peers` the number of connections, `latency_ms` how long the node
    took to answer, `pending` the transactions in its mempool.
    """

    at: tuple[float, ...] = ()
    height: tuple[int, ...] = ()
    round: tuple[int, ...] = ()
    peers: tuple[int, ...] = ()
    latency_ms: tuple[float, ...] = ()
    pending: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSamples:
    """The blocks: when each was committed, and how many transactions it has."""

    at: tuple[float, ...] = ()
    height: tuple[int, ...] = ()
    transactions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One fault.  A moment that never came is None; a kill has only the first.

    `injected` is when its injection began, `verified` when it was seen to be
    on, `healed` when its healing began, `off` when it was seen to be off, and
    `recovered` when the target was as before.
    """

    what: str
    injected: float
    verified: float | None = None
    healed: float | None = None
    off: float | None = None
    recovered: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The samples of every node, the blocks and the faults of one experiment."""

    began: float
    nodes: tuple[tuple[str, NodeSamples], ...] = ()
    blocks: BlockSamples = BlockSamples()
    bands: tuple[Band, ...] = ()

    def to_text(self) -> str:
        """Return it as compact JSON."""
        document = {
            "began": round(self.began, 3),
            "nodes": {name: _columns(samples) for name, samples in self.nodes},
            "blocks": _columns(self.blocks),
            "bands": [
                {key: value for key, value in asdict(band).items() if value is not None}
                for band in self.bands
            ],
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Timeline:
        """Return the time-line in a text.

        Raises:
            ValueError: It is none.
        """
        try:
            document = json.loads(text)
            return cls(
                began=float(document["began"]),
                nodes=tuple(
                    (str(name), NodeSamples(**_tuples(columns)))
                    for name, columns in document["nodes"].items()
                ),
                blocks=BlockSamples(**_tuples(document["blocks"])),
                bands=tuple(Band(**band) for band in document["bands"]),
            )
        except (TypeError, KeyError, AttributeError) as error:
            message = f"this is no time-line: {error}"
            raise ValueError(message) from error


def _columns(samples: NodeSamples | BlockSamples) -> dict[str, Any]:
    """Return the columns of samples, moments and times to the millisecond."""
    return {
        name: [round(v, 3) if isinstance(v, float) else v for v in values]
        for name, values in asdict(samples).items()
    }


def _tuples(columns: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    """Return columns as they are kept."""
    return {name: tuple(values) for name, values in columns.items()}
