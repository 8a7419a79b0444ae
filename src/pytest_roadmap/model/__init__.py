"""The nouns: frozen dataclasses on the standard library, known to every layer."""

from __future__ import annotations

from pytest_roadmap.model.attestation import Attestation, SignOff
from pytest_roadmap.model.baseline import Baseline, Repeats
from pytest_roadmap.model.criterion import (
    Criteria,
    Criterion,
    Limit,
    Policy,
    Regression,
)
from pytest_roadmap.model.difference import (
    Difference,
    Moved,
    PhaseMoved,
    Transition,
)
from pytest_roadmap.model.disposition import Decided, Disposition
from pytest_roadmap.model.drifting import Drift, DriftKind, drift
from pytest_roadmap.model.finding import Evidence, Finding, Measurement, Outcome
from pytest_roadmap.model.history import (
    FailingSince,
    FlakeHealth,
    History,
    PastRun,
    PhaseTrend,
    TrendPoint,
)
from pytest_roadmap.model.roadmap import (
    Claim,
    DocumentText,
    Isolation,
    Phase,
    Requirement,
    Roadmap,
    Script,
    Section,
    Strength,
)
from pytest_roadmap.model.scorecard import (
    Basis,
    Change,
    Decision,
    Flip,
    PhaseScore,
    Result,
    Run,
    Scorecard,
    Verdict,
)
from pytest_roadmap.model.source import Remark, Source, SourceLine, Wording
from pytest_roadmap.model.timeline import Band, BlockSamples, NodeSamples, Timeline
from pytest_roadmap.model.waiver import Waiver, WaiverState

__all__ = [
    "Attestation",
    "Band",
    "Baseline",
    "Basis",
    "BlockSamples",
    "Change",
    "Claim",
    "Criteria",
    "Criterion",
    "Decided",
    "Decision",
    "Difference",
    "Disposition",
    "DocumentText",
    "Drift",
    "DriftKind",
    "Evidence",
    "FailingSince",
    "Finding",
    "FlakeHealth",
    "Flip",
    "History",
    "Isolation",
    "Limit",
    "Measurement",
    "Moved",
    "NodeSamples",
    "Outcome",
    "PastRun",
    "Phase",
    "PhaseMoved",
    "PhaseScore",
    "PhaseTrend",
    "Policy",
    "Regression",
    "Remark",
    "Repeats",
    "Requirement",
    "Result",
    "Roadmap",
    "Run",
    "Scorecard",
    "Script",
    "Section",
    "SignOff",
    "Source",
    "SourceLine",
    "Strength",
    "Timeline",
    "Transition",
    "TrendPoint",
    "Verdict",
    "Waiver",
    "WaiverState",
    "Wording",
    "drift",
]
