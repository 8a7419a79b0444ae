"""What clients in the cluster ask the API role, as arguments for `clients.asking`.

what = queries.status(chain, rate=10, timeout=2)        # each on a new connection
what = queries.heavy(chain, workers=32)                 # as fast as they can
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from pytest_roadmap.errors import UnavailableError

if TYPE_CHECKING:
    from pytest_roadmap.target.chain import ChainInstance

_AS_IT_IS: Final = "/?&=%.:'"  # in a path that is sent


def status(
    chain: ChainInstance, rate: float, *, timeout: float, capture: str = ""
) -> list[str]:
    """Return the arguments for reading the status through the API service.

    The others are those of `rpc`.
    """
    return rpc(chain, "/status", rate, timeout=timeout, capture=capture)


def rpc(
    chain: ChainInstance, path: str, rate: float, *, timeout: float, capture: str = ""
) -> list[str]:
    """Return the arguments for asking the API service's RPC.

    Args:
        chain: Whose API role is asked.
        path: What it is asked, from the slash on.
        rate: Requests per second, each on a new connection.
        timeout: Seconds until a request has failed.
        capture: The dotted path of what is kept of each answer.
    """
    host = f"{chain.profile.role('api').service}.{chain.name}"
    url = f"http://{host}:{chain.profile.ports.rpc}{path}"
    arguments = ["http", f"--url={url}", f"--rate={rate:g}", "--new-connection"]
    arguments += ["--duration=10m", f"--timeout={timeout:g}s"]
    return [*arguments, f"--capture-json={capture}"] if capture else arguments


def heavy(chain: ChainInstance, workers: int) -> list[str]:
    """Return the arguments for asking the API service its heaviest queries.

    Raises:
        UnavailableError: The profile permits no heavy query.
    """
    profile = chain.profile
    if not profile.heavy_queries:
        raise UnavailableError(f"the profile {profile.name} permits no heavy query")
    host = f"{profile.role('api').service}.{chain.name}"
    ports = {"rpc": profile.ports.rpc, "rest": profile.ports.rest}
    urls = [
        f"--url=http://{host}:{ports[q.port]}{quote(q.path, safe=_AS_IT_IS)}"
        for q in profile.heavy_queries
    ]
    return ["flood", *urls, f"--workers={workers}", "--duration=10m"]
