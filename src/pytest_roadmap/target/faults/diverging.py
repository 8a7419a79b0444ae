"""A validator whose build of the application computes another state than the rest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.journal import Undo
from pytest_roadmap.target.overlays import patched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_roadmap.target.chain_node import ChainNode

_PLACE: Final = "{height}"
_FINALIZED: Final = "finalized block"  # CometBFT's own line about each block
_HASH: Final = re.compile(r"block_app_hash=([0-9A-Fa-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergent:
    """A validator that is restarted with the profile's divergent build.

    Args:
        validator: The last of its StatefulSet: only that one can be given
            another template than the rest.
        height: The first whose state is another.
        before: The StatefulSet as it was.
    """

    validator: ChainNode
    height: int
    before: Mapping[str, Any]

    def what(self) -> str:
        """Return the fault in words."""
        return f"{self.validator.name} computes another state from {self.height} on"

    def undo(self) -> tuple[Undo, ...]:
        """Put the template back."""
        spec = {key: self.before["spec"][key] for key in ("updateStrategy", "template")}
        return (
            Undo(
                way="patch",
                object=self.validator.role.reference,
                namespace=self.validator.instance.name,
                patch=json.dumps({"spec": spec}),
            ),
        )

    def inject(self) -> None:
        """Give the last pod of the set another template."""
        role, chain = self.validator.role, self.validator.instance
        operations = chain.profile.divergent_build.get(role.reference)
        if not operations:
            raise UnavailableError(
                f"the profile {chain.profile.name} has no divergent build of "
                f"{role.reference}"
            )
        text = json.dumps(list(operations)).replace(_PLACE, str(self.height))
        changed = patched(self.before, json.loads(text), self.what())
        strategy = {
            "type": "RollingUpdate",
            "rollingUpdate": {"partition": self.validator.ordinal},
        }
        spec = {"updateStrategy": strategy, "template": changed["spec"]["template"]}
        chain.api.patch(role.kind, role.object, {"spec": spec}, chain.name)

    def is_on(self) -> str:
        """Compare the app hash in its log with that of the network."""
        computed = self.computed()
        following = self.validator.instance.blocks.at(self.height + 1)
        if not computed:
            return f"its log has no app hash of height {self.height}"
        if following is None:
            return "the network has no block after it yet"
        same = computed.upper() == following.app_hash.upper()
        return f"its app hash is the network's: {computed}" if same else ""

    def is_off(self) -> str:
        """Look at the template."""
        role, chain = self.validator.role, self.validator.instance
        now = chain.api.read(role.kind, role.object, chain.name)["spec"]["template"]
        before = self.before["spec"]["template"]
        return "" if now == before else "its template is still another one"

    def computed(self) -> str:
        """Return what its log says that it has computed at the height."""
        for line in _log(self.validator):
            here = re.search(rf"\bheight={self.height}\b", line)
            found = _HASH.search(line)
            if _FINALIZED in line and here and found:
                return found[1]
        return ""


def _log(node: ChainNode) -> list[str]:
    """Return the lines of a node's last run and of its present one."""
    lines: list[str] = []
    for previous in (True, False):
        try:
            lines += node.log(previous=previous).splitlines()
        except TargetError:
            continue  # it has had no run before, or none yet
    return lines
