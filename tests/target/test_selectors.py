from __future__ import annotations

import pytest

from pytest_roadmap.target.selectors import selects
from pytest_roadmap.target.workloads import Budget

LABELS = {"app": "chain", "part": "validator"}


@pytest.mark.parametrize(
    ("operator", "key", "values", "answer"),
    [
        ("In", "part", ["validator", "full"], True),
        ("In", "part", ["full"], False),
        ("In", "absent", ["full"], False),
        ("NotIn", "part", ["full"], True),
        ("NotIn", "absent", ["full"], True),
        ("NotIn", "part", ["validator"], False),
        ("Exists", "part", None, True),
        ("Exists", "absent", None, False),
        ("DoesNotExist", "absent", None, True),
        ("DoesNotExist", "part", None, False),
    ],
)
def test_an_expression_holds_as_the_api_means_it(operator, key, values, answer):
    expression = {"key": key, "operator": operator, "values": values}

    assert selects({"matchExpressions": [expression]}, LABELS) is answer


def test_labels_and_expressions_must_all_hold():
    exists = {"key": "part", "operator": "Exists"}

    assert selects({"matchLabels": {"app": "chain"}}, LABELS)
    assert not selects({"matchLabels": {"app": "chain", "part": "full"}}, LABELS)
    both = {"matchLabels": {"app": "other"}, "matchExpressions": [exists]}
    assert not selects(both, LABELS)


def test_an_empty_selector_selects_all_and_a_missing_one_nothing():
    assert selects({}, LABELS)
    assert not selects(None, LABELS)


def test_a_budget_counts_the_pods_that_its_selector_selects():
    budget = Budget({"spec": {"selector": {"matchLabels": {"app": "chain"}}}})

    assert budget.selects(LABELS)
    assert not budget.selects({"app": "other"})
