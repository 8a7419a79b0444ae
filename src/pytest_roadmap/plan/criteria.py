"""criteria.yaml → Criteria: which share of each phase must pass, and what counts.

    policy:                       # all optional
      waivers_count: false        # does a waived failure count as passed?
      waiver_warning_days: 14     # from when on a waiver's expiry is near
      longest_waiver_days: 90     # a waiver that lasts longer does not hold
      longest_disposition_days: 365  # one that expires later than that does not hold
      max_age_days: 30            # an older pass is stale; without it none ever is
      age_warning_days: 7         # a pass that is stale so soon is a condition
      minimum_strength: observed  # no weaker pass counts, whatever the plan says
    phases:
      - phase: 4
        threshold: "90 %"         # exact: 9/10; never rounded
        sentence: "…"             # the document's words for it
        must_hold: [PERF-TPS-1]   # whatever the share
        warning_band: "2 %"       # from 90 % up to 92 % is CONDITIONAL
        weights: {5: [PERF-TPS-1, PERF-TPS-2]} # these count five times; default: once
        most_waivers: 2           # more waivers in force, used or not, are NO-GO
        regression: {allowed: "10 %", repeats: 3}
                                  # a number with a limit may be 10 % worse than the
                                  # median of at least 3 baseline runs
    dispositions:                 # what people took out of the count, for a time
      - requirement: PERF-HPA-3
        decided: deferred         # or not_applicable
        until_phase: 6            # where a deferred one is due
        reason: "The autoscaler comes with the second data centre."
        owner: platform team
        approver: release manager # never the owner
        expires: 2027-03-31       # ISO date; holds through that day (UTC)

A key that is unknown, a value that cannot be and a criterion that nobody can reach
are errors with file and line.  Thresholds are exact: `95 %` is 19/20.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_roadmap.model import Criteria, Criterion, Policy, Regression, Strength
from pytest_roadmap.plan.dispositions import read_dispositions
from pytest_roadmap.plan.suggestions import did_you_mean
from pytest_roadmap.plan.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_roadmap.model import Roadmap
    from pytest_roadmap.plan.nodes import Node

_PERCENT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*%", re.ASCII)
_WEIGHT = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_MORE = ("sentence", "must_hold", "warning_band", "weights", "most_waivers")


def read_criteria(path: Path, roadmap: Roadmap) -> Criteria:
    """Read the criteria of a suite.

    Raises:
        PlanError: A phase or an id is unknown, a threshold is no share, …
    """
    root = read_yaml(path)
    more = ("policy", "dispositions")
    fields = root.fields("a criteria file", required=("phases",), optional=more)
    found: dict[int, Criterion] = {}
    for node in fields["phases"].items("'phases'"):
        criterion = _criterion(node, roadmap)
        if criterion.phase in found:
            raise node.error(
                f"phase {criterion.phase} has a criterion already", "Keep one of them."
            )
        found[criterion.phase] = criterion
    listed = fields.get("dispositions")
    taken_out = read_dispositions(listed, roadmap) if listed else ()
    must = {name for criterion in found.values() for name in criterion.must_hold}
    for each in taken_out:
        if listed and each.requirement in must:
            raise listed.error(
                f"{each.requirement} must hold and is {each.decided}",
                "Nobody can reach that; decide for one of them.",
            )
    return Criteria(
        phases=tuple(found.values()),
        policy=_policy(fields["policy"]) if "policy" in fields else Policy(),
        dispositions=taken_out,
    )


def _criterion(node: Node, roadmap: Roadmap) -> Criterion:
    """Return the criterion of one phase."""
    fields = node.fields(
        "a criterion",
        required=("phase", "threshold"),
        optional=(*_MORE, "regression"),
    )
    number = fields["phase"].integer("'phase'")
    phases = [phase.number for phase in roadmap.phases]
    if number not in phases:
        raise fields["phase"].error(
            f"there is no phase {number}",
            f"The plan has the phases {', '.join(map(str, phases))}.",
        )
    threshold = share(fields["threshold"])
    sentence, must, band, weights, most = (fields.get(name) for name in _MORE)
    rule = fields.get("regression")
    return Criterion(
        phase=number,
        threshold=threshold,
        sentence=sentence.text("'sentence'") if sentence else "",
        must_hold=frozenset(_ids(must, "'must_hold'", roadmap))
        if must
        else frozenset(),
        warning_band=_band(band, threshold) if band else Fraction(0),
        weights=_weights(weights, roadmap, number) if weights else (),
        most_waivers=_count(most, "'most_waivers'") if most else None,
        regression=_regression(rule) if rule else None,
    )


def share(node: Node, what: str = "the threshold") -> Fraction:
    """Return the exact share that a text such as `95 %` or `99.9 %` names."""
    remedy = "Write a percentage such as '95 %'."
    if not isinstance(node.value, str):
        raise node.error(
            f"{what} {node.value!r} could be a share or a percentage"
            if isinstance(node.value, (int, float))
            else f"{what} is no percentage",
            remedy,
        )
    match = _PERCENT.fullmatch(node.value.strip())
    if match is None:
        raise node.error(f"{what} {node.value!r} is no percentage", remedy)
    value = Fraction(match[1]) / 100
    if value > 1:
        raise node.error(
            f"{what} {node.value!r} is over 100 %",
            "Nothing can reach it; write at most '100 %'.",
        )
    return value


def _band(node: Node, threshold: Fraction) -> Fraction:
    """Return the warning band, above which a share of 100 % must remain."""
    band = share(node, "the warning band")
    if threshold + band > 1:
        raise node.error(
            f"the warning band {node.value!r} ends over 100 %",
            "Nobody could leave it; threshold and band are at most '100 %' together.",
        )
    return band


def _weights(node: Node, roadmap: Roadmap, phase: int) -> tuple[tuple[str, int], ...]:
    """Return the weights of the requirements that count more than once, by id."""
    found: dict[str, int] = {}
    mine = {r.id for r in roadmap.requirements() if r.phase == phase}
    for text, ids in node.mapping("'weights'").items():
        if not _WEIGHT.fullmatch(text):
            raise ids.error(
                f"the weight {text!r} is no whole number from 1 to 9999",
                "Write the weight and its ids, such as {5: [ID]}.",
            )
        for name in _ids(ids, f"the weight {text}", roadmap):
            if name not in mine:
                raise ids.error(f"{name} is not in phase {phase}", "Weigh it there.")
            if name in found:
                raise ids.error(f"{name} has the weight {found[name]}", "Keep one.")
            found[name] = int(text)
    return tuple(sorted(found.items()))


def _regression(node: Node) -> Regression:
    """Return how much worse than the baseline a number may be."""
    fields = node.fields("'regression'", required=("allowed",), optional=("repeats",))
    allowed, repeats = share(fields["allowed"], "'allowed'"), fields.get("repeats")
    if repeats is None:
        return Regression(allowed=allowed)
    many = _count(repeats, "'repeats'")
    if many < 2:  # noqa: PLR2004 - one number has no spread
        raise repeats.error(
            f"'repeats' is {many}, and one run knows nothing of its noise",
            "Write 2 or more; 3 is usual.",
        )
    return Regression(allowed=allowed, repeats=many)


def _ids(node: Node, what: str, roadmap: Roadmap) -> tuple[str, ...]:
    """Return the listed requirement ids, all of which the plan has."""
    known = [requirement.id for requirement in roadmap.requirements()]
    for item in node.items(what):
        text = item.text(f"an entry of {what}")
        if text not in known:
            raise item.error(
                f"the plan has no requirement {text!r}", did_you_mean(text, known)
            )
    return node.words(what)


def _policy(node: Node) -> Policy:
    """Return what the suite decides about judging as a whole."""
    limits = ("waiver_warning_days", "longest_waiver_days", "longest_disposition_days")
    numbers = (*limits, "max_age_days", "age_warning_days")
    words = ("waivers_count", "minimum_strength")
    fields = node.fields("'policy'", optional=(*words, *numbers))
    default = Policy()
    count, least = (fields.get(name) for name in words)
    days = {
        name: _count(fields[name], f"'{name}'") for name in numbers if name in fields
    }
    longest, soon = days.get("max_age_days"), days.get("age_warning_days", 0)
    if soon and (longest is None or soon >= longest):
        raise fields["age_warning_days"].error(
            f"'age_warning_days' is {soon}, which no pass can be younger than",
            "Write fewer days than 'max_age_days'.",
        )
    return Policy(
        waivers_count=count.flag("'waivers_count'") if count else default.waivers_count,
        waiver_warning_days=days.get(limits[0], default.waiver_warning_days),
        longest_waiver_days=days.get(limits[1], default.longest_waiver_days),
        longest_disposition_days=days.get(limits[2], default.longest_disposition_days),
        max_age_days=longest,
        age_warning_days=soon,
        minimum_strength=least.one_of("'minimum_strength'", Strength)
        if least
        else default.minimum_strength,
    )


def _count(node: Node, what: str) -> int:
    """Return a whole number that is not negative."""
    value = node.integer(what)
    if value < 0:
        raise node.error(f"{what} is negative", "Write 0 or more.")
    return value
