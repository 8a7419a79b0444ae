from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target.manifests import manifests_of
from pytest_roadmap.target.profile import load_profile
from pytest_roadmap.target.yaml_nodes import read_node

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: reference
namespace: roadmap-chain
manifests: [chain.yaml]
chain: {id: roadmap-1, denom: uroad, block_seconds: 1.0}
roles:
  validators:
    object: StatefulSet/validator
    selector: {app: validator}
    budget: PodDisruptionBudget/validators
    claim: data
    home: /home/node
ports: {rpc: 36657}
releases:
  compatible:
    StatefulSet/validator:
      - {op: replace, path: /spec/template/spec/containers/0/image, value: "chain:2"}
exit_codes_on_sigterm: [0, 143]
heavy_queries: {rpc: ["/tx_search?query=x"], rest: [/cosmos/bank]}
components: [chain, csi]
"""
OBJECT = "{kind: ConfigMap, apiVersion: v1, metadata: {name: genesis}}"


@pytest.fixture
def write(tmp_path):
    (tmp_path / "chain.yaml").write_text(OBJECT)

    def written(text: str) -> Path:
        file = tmp_path / "profile.yaml"
        file.write_text(text)
        return file

    return written


def problem(file: Path) -> str:
    with pytest.raises(TargetError) as error:
        load_profile(file)
    return str(error.value).replace(str(file), "profile.yaml")


def test_a_profile_is_read(write) -> None:
    profile = load_profile(write(GOOD))

    assert profile.validators.reference == "StatefulSet/validator"
    assert profile.validators.budget == "validators"
    assert profile.validators.container == "node"
    assert (profile.ports.rpc, profile.ports.p2p) == (36657, 26656)
    assert profile.exit_codes_on_sigterm == (0, 143)
    assert [query.port for query in profile.heavy_queries] == ["rpc", "rest"]
    assert (
        profile.release("compatible").patches["StatefulSet/validator"][0]["op"]
        == "replace"
    )
    assert profile.deployed_by_us


def test_what_is_not_offered_is_unavailable(write) -> None:
    profile = load_profile(write(GOOD))

    assert profile.offers("csi")
    with pytest.raises(UnavailableError, match="does not offer 'node-access'"):
        profile.need("chain", "node-access")
    with pytest.raises(UnavailableError, match="has no role 'api'"):
        profile.role("api")
    with pytest.raises(UnavailableError, match="declares no release 'silent'"):
        profile.release("silent")


def test_a_partial_profile_is_merged_and_null_takes_away(write, tmp_path) -> None:
    over = tmp_path / "over.yaml"
    over.write_text("ports: {rpc: 1}\nreleases: null\nchain: {block_seconds: 2}\n")

    profile = load_profile(write(GOOD), read_node(over))

    assert profile.ports.rpc == 1
    assert profile.block_seconds == 2
    assert profile.chain_id == "roadmap-1"
    assert profile.releases == ()
    assert profile.digest != load_profile(write(GOOD)).digest


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "name: reference",
            "nmae: reference",
            "(nmae): nothing is called 'nmae' here\n  → did you mean 'name'?",
        ),
        (
            "[chain.yaml]",
            "[other.yaml]",
            "profile.yaml:3 (manifests[0]): there is no file",
        ),
        (
            "StatefulSet/validator\n",
            "validator\n",
            "profile.yaml:7 (roles.validators.object): 'validator' names no object",
        ),
        (
            "StatefulSet/validator\n",
            "DaemonSet/validator\n",
            "a DaemonSet cannot play a role",
        ),
        (
            "rpc: 36657",
            "rpc: many",
            "profile.yaml:12 (ports.rpc): a number is wanted here, not 'many'",
        ),
        ("rpc: 36657", "rcp: 36657", "did you mean 'rpc'?"),
        ("op: replace", "op: swap", "no such operation"),
        ("id: roadmap-1, ", "", "profile.yaml:4 (chain): chain.id is missing"),
        ("roadmap-chain", "Roadmap_Chain", "can be no namespace's name"),
        (
            "block_seconds: 1.0",
            "block_seconds: 0",
            "a positive number is wanted here, not 0",
        ),
        ("components: [chain, csi]", "components: [chain, csi", "this is no YAML"),
        (
            "components: [chain, csi]",
            "name: again",
            "profile.yaml:19: 'name' is written twice here",
        ),
        ("components: [chain, csi]", "wal_repair_log: '('", "is no regular expression"),
        ("components: [chain, csi]", "components: &a [*a]", "this contains itself"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_remedy(
    write, old, new, expected
) -> None:
    assert old in GOOD

    assert expected in problem(write(GOOD.replace(old, new, 1)))


def test_a_profile_without_validators_is_told(write) -> None:
    text = re.sub(r"  validators:", "  full:", GOOD)

    assert "roles.validators is missing" in problem(write(text))


def test_other_bytes_than_utf8_are_told(write) -> None:
    file = write(GOOD)
    file.write_bytes(GOOD.encode("utf-16"))

    assert "this is not UTF-8" in problem(file)


def test_a_byte_order_mark_and_crlf_do_no_harm(write) -> None:
    file = write(GOOD)
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert load_profile(file).name == "reference"


def test_a_missing_profile_is_told(tmp_path) -> None:
    assert "the file cannot be read" in problem(tmp_path / "profile.yaml")


def test_a_manifest_that_is_no_object_is_told(write, tmp_path) -> None:
    (tmp_path / "chain.yaml").write_text("---\n" + OBJECT + "\n---\nkind: Pod\n")

    with pytest.raises(
        TargetError, match=r"chain.yaml:4: this is no Kubernetes object"
    ):
        manifests_of(load_profile(write(GOOD)))


STATE_SYNC = """\
state_sync:
  joiner: {object: StatefulSet/joiner, selector: {app: joiner}, claim: data}
  trust: {object: ConfigMap/trust, height: height, hash: hash}
  first_server: Service/full-rpc
  recovery: pin
  queries: ["/bank/supply", "/store/x/key 0x00ff"]
"""


def test_a_profile_says_how_nodes_join_by_a_snapshot(write) -> None:
    sync = load_profile(write(GOOD + STATE_SYNC)).snapshots()

    assert (sync.joiner.reference, sync.first_server) == (
        "StatefulSet/joiner",
        "full-rpc",
    )
    assert sync.recovery is None
    assert [query.data for query in sync.queries] == [b"", b"\x00\xff"]


def test_a_profile_without_state_sync_is_unavailable_for_it(write) -> None:
    with pytest.raises(UnavailableError, match="reference has no state_sync"):
        load_profile(write(GOOD)).snapshots()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("ConfigMap/trust", "Secret/trust"), "a block is pinned in a ConfigMap"),
        (("Service/full-rpc", "Deployment/full"), "a Service is wanted here"),
        (("0x00ff", "0xyz"), "'0xyz' is not hexadecimal"),
        (("recovery: pin", "recovery: {ways: []}"), "nothing is called 'ways' here"),
    ],
)
def test_what_makes_no_sense_in_state_sync_is_told(write, wrong, message) -> None:
    with pytest.raises(TargetError, match=message):
        load_profile(write(GOOD + STATE_SYNC.replace(*wrong)))
