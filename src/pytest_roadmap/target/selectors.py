"""Label selectors as the API means them, with `matchExpressions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a selector selects an object with these labels.

    An empty selector selects everything, one that is not there nothing.
    """
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        _holds(expression, labels)
        for expression in selector.get("matchExpressions") or ()
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether one of the selector's expressions holds for these labels."""
    name, values = expression["key"], expression.get("values") or ()
    answers = {
        "In": name in labels and labels[name] in values,
        "NotIn": labels.get(name) not in values,
        "Exists": name in labels,
        "DoesNotExist": name not in labels,
    }
    return answers[expression["operator"]]
