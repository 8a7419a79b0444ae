"""The nouns: frozen dataclasses on the standard library, known to every layer."""

from __future__ import annotations

from pytest_roadmap.model.criterion import Criteria, Criterion, Limit, Policy
from pytest_roadmap.model.drifting import Drift, DriftKind, drift
from pytest_roadmap.model.finding import Evidence, Finding, Measurement, Outcome
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
from pytest_roadmap.model.waiver import Waiver

__all__ = [
    "Basis",
    "Change",
    "Claim",
    "Criteria",
    "Criterion",
    "Decision",
    "DocumentText",
    "Drift",
    "DriftKind",
    "Evidence",
    "Finding",
    "Flip",
    "Isolation",
    "Limit",
    "Measurement",
    "Outcome",
    "Phase",
    "PhaseScore",
    "Policy",
    "Remark",
    "Requirement",
    "Result",
    "Roadmap",
    "Run",
    "Scorecard",
    "Script",
    "Section",
    "Source",
    "SourceLine",
    "Strength",
    "Verdict",
    "Waiver",
    "Wording",
    "drift",
]
