"""The cluster and the target of a run: brought up once, on the controller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_roadmap.model import Isolation

if TYPE_CHECKING:
    import pytest

    from pytest_roadmap.model import Finding
    from pytest_roadmap.running.asked import Asked
    from pytest_roadmap.running.executing import Exchange
    from pytest_roadmap.running.options import Options


class System:
    """Brings the system up before the first probe that needs it, and down again."""

    def __init__(
        self, config: pytest.Config, options: Options, exchange: Exchange
    ) -> None:
        self._config = config
        self._options = options
        self._exchange = exchange
        self.identity: tuple[tuple[str, str], ...] = ()

    def bring_up(self) -> None:
        """Provide the cluster and tell the workers about it, or why there is none."""

    def put_down(self) -> None:
        """Give the cluster back."""

    def identify(self, finding: Finding, asked: Asked) -> Finding:
        """Return `finding` with the identity of the system that it is about."""
        requirement = asked.requirements.get(finding.requirement)
        if requirement is None or requirement.isolation is Isolation.STATIC:
            return finding
        return replace(finding, target=self.identity)
