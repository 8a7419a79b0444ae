"""How a cluster is reached: the only module that imports `kubernetes`.

The library does what it does well: kubeconfig files, contexts, client
certificates, tokens and credential plug-ins.  What goes over the connection is
our own business (see `api`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_roadmap.errors import TargetError

if TYPE_CHECKING:
    import urllib3

    from pytest_roadmap.target.provider import ClusterStatus

_CONNECTIONS = 64  # one for each watch, and room for calls beside them


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Names a cluster, and says what may be done to it.

    Args:
        kubeconfig: The file; ~ is allowed.
        context: The context in it; empty for its current one.
        owned: This tool made the cluster.
        named: The user named the context on the command line.
    """

    kubeconfig: Path
    context: str = ""
    owned: bool = False
    named: bool = False

    @classmethod
    def of(cls, status: ClusterStatus, *, named: bool) -> Connection:
        """Return the connection to a cluster that a provider tells of."""
        return cls(
            kubeconfig=Path(status.kubeconfig),
            context=status.context,
            owned=status.owned,
            named=named,
        )

    @property
    def may_be_disturbed(self) -> bool:
        """Whether destructive operations are allowed (the safety rule)."""
        return self.owned or self.named


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """An open way to an API server."""

    host: str
    pool: urllib3.PoolManager = field(repr=False)
    tls: dict[str, Any] = field(repr=False)  # options of the ssl module, for sockets
    configuration: Any = field(repr=False)

    def headers(self) -> dict[str, str]:
        """Return the headers that authenticate us, renewed where needed."""
        settings = self.configuration.auth_settings().values()
        return {
            setting["key"]: setting["value"]
            for setting in settings
            if setting["in"] == "header" and setting["value"]
        }


def connect(connection: Connection) -> Transport:
    """Return the way to the API server of `connection`; nothing is sent yet.

    Raises:
        TargetError: The kubeconfig file or its context cannot be used.
    """
    # Deferred: a run without a cluster must not pay for this import.
    from kubernetes import client, config  # noqa: TID251 - the target layer

    file = connection.kubeconfig.expanduser()
    if not file.is_file():
        raise TargetError(
            "the kubeconfig file does not exist",
            where=str(file),
            remedy="run `pytest-roadmap up`, or name a context with "
            "--roadmap-cluster context:NAME and the file in KUBECONFIG",
        )
    configuration = client.Configuration()
    try:
        config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=str(file),
            context=connection.context or None,
            client_configuration=configuration,
            persist_config=False,
        )
    except (config.ConfigException, OSError, ValueError, TypeError) as error:
        raise TargetError(
            f"the kubeconfig cannot be used: {_first_line(error)}",
            where=str(file),
            remedy=f"see `kubectl --kubeconfig {file} config get-contexts`",
        ) from error
    configuration.connection_pool_maxsize = _CONNECTIONS
    return Transport(
        host=str(configuration.host).rstrip("/"),
        pool=client.ApiClient(configuration).rest_client.pool_manager,
        tls=_tls(configuration),
        configuration=configuration,
    )


def _tls(configuration: Any) -> dict[str, Any]:
    """Return the TLS settings in the words of a web socket's `sslopt`."""
    import ssl

    options: dict[str, Any] = {"cert_reqs": ssl.CERT_REQUIRED}
    if not configuration.verify_ssl:
        options = {"cert_reqs": ssl.CERT_NONE, "check_hostname": False}
    pairs = {
        "ca_certs": configuration.ssl_ca_cert,
        "certfile": configuration.cert_file,
        "keyfile": configuration.key_file,
        "server_hostname": configuration.tls_server_name,
    }
    return options | {name: value for name, value in pairs.items() if value}


def _first_line(error: BaseException) -> str:
    """Return the first line of an error's text, or its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
