"""What probes and faults run on the nodes beside any target."""

from __future__ import annotations

from typing import Final

from pytest_roadmap.target import bulk, clients
from pytest_roadmap.target.faults import delay_scripts

RECIPES: Final = (clients.RECIPE, bulk.RECIPE, delay_scripts.RECIPE)
"""The recipes of their images, in `k8s/images`."""
