"""Experiments: faults on a chain that is watched closely, and what came of them.

with Experiment(chain) as experiment:               # refuses an unhealthy chain
    with experiment.inject(faults.cut(node)):       # journalled, seen to be on
        chain.blocks.wait_for_blocks(10, within=60)
    recovery = experiment.until_recovered(node, within=30)
    experiment.conclude().judge(evidence)           # safe; attaches the time-line
"""

from __future__ import annotations

from pytest_roadmap.target.experiments.conclusion import Conclusion
from pytest_roadmap.target.experiments.experiment import Baseline, Experiment
from pytest_roadmap.target.experiments.node_record import NodeEvent, NodeRecord, Sample
from pytest_roadmap.target.experiments.safety import Safety

__all__ = [
    "Baseline",
    "Conclusion",
    "Experiment",
    "NodeEvent",
    "NodeRecord",
    "Safety",
    "Sample",
]
