"""Whether published images can be pulled on this machine: found out quickly."""

from __future__ import annotations

import functools
import http
import urllib.error
import urllib.request

_REGISTRY = "https://registry-1.docker.io/v2/"
_WITHIN_S = 4.0


def pulls(images: str) -> bool:
    """Whether the node image is to be pulled, by `--roadmap-images`."""
    return reachable() if images == "auto" else images == "pull"


@functools.cache
def reachable() -> bool:
    """Whether the registry of kind's node image answers."""
    return answers(_REGISTRY)


def answers(address: str) -> bool:
    """Whether a web server answers at `address`; it may ask for a login."""
    request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=_WITHIN_S):  # noqa: S310 - ours
            return True
    except urllib.error.HTTPError as error:
        return error.code == http.HTTPStatus.UNAUTHORIZED
    except OSError:
        return False
