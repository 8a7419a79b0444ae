"""What is asked: a suite's files → the model.

documents      bytes → text, with every surprise told
yaml_files     text → nodes that know their line       nodes: typed access to them
requirements   an entry of plan.yaml → Requirement     vocabulary: words and facts
criteria       criteria.yaml → Criteria                waivers: waivers.yaml
suite          a folder → Suite
markdown       the document → what it promises and claims
outlining      … and every line of it, with its role and its claim (outline)
               marks, roles, tables, titles, grouping: the notations that people use
lint           Suite against document → Problems       contradictions: of its own
mapping        probes against Roadmap → Problems       probes_index: where they are
"""

from __future__ import annotations

from pytest_roadmap.plan.lint import lint
from pytest_roadmap.plan.mapping import mapping_problems
from pytest_roadmap.plan.problems import Problem, Severity
from pytest_roadmap.plan.suite import Suite, find_suites, load_suite

__all__ = [
    "Problem",
    "Severity",
    "Suite",
    "find_suites",
    "lint",
    "load_suite",
    "mapping_problems",
]
