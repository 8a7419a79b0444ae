from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest

from pytest_roadmap.errors import TargetError, UnavailableError
from pytest_roadmap.target import double_votes, validator_keys
from pytest_roadmap.target.comet import RpcError, Validator
from pytest_roadmap.target.faults.diverging import Divergent
from pytest_roadmap.target.faults.peering import ScriptedPeer
from pytest_roadmap.target.faults.signing_twice import SecondSigner
from pytest_roadmap.target.profile_keys import Keys, KeySource
from pytest_roadmap.target.requests import Answer

KEY_FILE = json.dumps({"priv_key": {"value": base64.b64encode(bytes(64)).decode()}})
SOURCE = KeySource(kind="Secret", object="keys", key="{node}.key.json")
KEYS = Keys(consensus=SOURCE, node="{node}.node.json", to_itself={"GOSSIP": "no"})
PATCH = ({"op": "replace", "path": "/spec/template/from", "value": "{height}"},)
SET = {
    "spec": {
        "updateStrategy": {"type": "RollingUpdate"},
        "template": {
            "metadata": {"labels": {"app": "validator"}},
            "spec": {
                "containers": [{"name": "node"}],
                "volumes": [{"name": "k", "secret": {"secretName": "keys"}}],
            },
            "from": "never",
        },
    }
}


class World:
    """A chain of two nodes, and what was done to it."""

    def __init__(self, keys=KEYS):
        self.applied, self.patched = [], []
        self.answer = Answer(
            seconds=0, status=200, body=b'{"node_id": "peer", "height": 7}'
        )
        self.following = None
        self.there = False
        role = SimpleNamespace(
            kind="StatefulSet",
            object="validator",
            reference="StatefulSet/validator",
            container="node",
            service="validator",
            claim="data",
        )
        self.chain = SimpleNamespace(
            name="space",
            api=self,
            space=SimpleNamespace(apply=lambda *docs: self.applied.extend(docs)),
            profile=SimpleNamespace(
                name="p",
                keys=keys,
                chain_id="chain-1",
                ports=SimpleNamespace(p2p=1, rpc=2),
                divergent_build={"StatefulSet/validator": PATCH},
            ),
            pods=SimpleNamespace(
                until_one=lambda *_, **__: None,
                get=lambda _: object() if self.there else None,
            ),
            blocks=SimpleNamespace(at=lambda _: self.following, after=lambda _: ()),
            full=(),
        )
        self.chain.validators = tuple(self.node(n, role) for n in range(2))
        self.chain.all_nodes = self.chain.validators
        self.last = self.chain.validators[-1]

    def node(self, number, role):
        rpc = SimpleNamespace(
            status=lambda: SimpleNamespace(node_id=f"id{number}"),
            peers=lambda: SimpleNamespace(ids={"peer"}),
        )
        return SimpleNamespace(
            instance=self.chain,
            name=f"validator-{number}",
            ordinal=number,
            role=role,
            rpc=rpc,
            log=lambda **_: self.log,
        )

    log = ""

    def read(self, kind, *_):
        if kind == "StatefulSet":
            return SET
        encoded = base64.b64encode(KEY_FILE.encode()).decode()
        return {"data": {"validator-1.key.json": encoded}}

    def patch(self, *arguments):
        self.patched.append(arguments)

    def proxy(self, *_, **__):
        return self.answer


@pytest.fixture
def world():
    return World()


def undone(works):
    return [f"{step.way} {step.object}" for step in works.undo()]


def test_a_second_signer_has_the_key_and_keeps_transactions_to_itself(world) -> None:
    works = SecondSigner(validator=world.last)

    works.inject()

    secret, node = world.applied
    template = node["spec"]["template"]["spec"]
    assert secret["stringData"]["second-0.key.json"] == KEY_FILE
    assert "PrivKeyEd25519" in secret["stringData"]["second-0.node.json"]
    assert template["volumes"][0]["secret"]["secretName"] == "second-keys"
    assert template["containers"][0]["env"] == [{"name": "GOSSIP", "value": "no"}]
    assert undone(works) == [
        "delete StatefulSet/second",
        "delete Pod/second-0",
        "delete Secret/second-keys",
        "delete PersistentVolumeClaim/data-second-0",
    ]


@pytest.mark.parametrize("keys", [None, Keys(consensus=SOURCE)])
def test_without_keys_in_the_profile_nobody_signs_twice(keys) -> None:
    with pytest.raises(UnavailableError, match="names no node keys"):
        SecondSigner(validator=World(keys).last).inject()


def test_a_scripted_peer_knows_every_node_but_its_own(world) -> None:
    works = ScriptedPeer(validator=world.last)

    works.inject()

    secret, pod = world.applied
    arguments = pod["spec"]["containers"][0]["args"]
    assert secret["stringData"] == {"key.json": KEY_FILE}
    assert arguments[0] == "--nodes=id0@validator-0.validator:1"
    assert undone(works) == ["delete Pod/byzantine", "delete Secret/byzantine"]


def test_a_scripted_peer_is_on_when_every_honest_node_has_it(world) -> None:
    works = ScriptedPeer(validator=world.last)

    assert works.is_on() == ""
    world.answer = Answer(seconds=0, status=200, body=b'{"node_id": "other"}')
    assert works.is_on() == "it is no peer of validator-0"
    world.answer = Answer(seconds=0, status=500, body=b"no turn to propose has come")
    assert "no turn to propose has come" in works.is_on()


def test_an_act_tells_what_was_done_or_why_not(world) -> None:
    works = ScriptedPeer(validator=world.last)

    assert works.act("forge", within=1, heights="3")["height"] == 7
    world.answer = Answer(seconds=0, status=500, body=b"no turn")
    with pytest.raises(TargetError, match="HTTP 500: no turn"):
        works.act("split", within=1)


def test_a_scripted_peer_is_off_when_its_pod_is_gone(world) -> None:
    works = ScriptedPeer(validator=world.last)

    assert works.is_off() == ""
    world.there = True
    assert works.is_off() == "its pod is still there"


def test_only_the_last_validator_gets_the_divergent_build(world) -> None:
    works = Divergent(validator=world.last, height=40, before=SET)

    works.inject()

    ((_, _, body, _),) = world.patched
    assert body["spec"]["updateStrategy"]["rollingUpdate"] == {"partition": 1}
    assert body["spec"]["template"]["from"] == "40"
    (step,) = works.undo()
    assert json.loads(step.patch)["spec"] == SET["spec"]
    assert works.is_off() == ""


def test_a_validator_diverges_when_its_app_hash_is_not_the_network_s(world) -> None:
    works = Divergent(validator=world.last, height=40, before=SET)
    assert "no app hash of height 40" in works.is_on()

    line = "finalized block block_app_hash={} height={}"
    world.log = f"{line.format('AA', 39)}\n{line.format('BB', 40)}"
    assert works.is_on() == "the network has no block after it yet"

    world.following = SimpleNamespace(app_hash="bb")
    assert works.is_on() == "its app hash is the network's: BB"
    world.following = SimpleNamespace(app_hash="CC")
    assert works.is_on() == ""


def test_evidence_is_forged_in_five_ways(world) -> None:
    key = validator_keys.consensus_key(world.chain, world.last)
    public = double_votes.signed_votes.public_key(key)
    own = Validator(address="AA" * 20, public_key=public, power=5)
    world.last.rpc = SimpleNamespace(
        validators=lambda _: (Validator(address="", public_key="", power=7), own),
        call=lambda *_, **__: {"block": {"header": {"time": "2026-01-02T03:04:09.5Z"}}},
    )

    case = double_votes.case(world.chain, world.last, 30)

    assert case.genuine.verifies(public, "chain-1")
    assert case.genuine.total_power == 12
    assert case.genuine.votes[0].index == 1
    assert case.forged["another block time"].block_time == "2026-01-02T03:04:00.5Z"
    broken = [w for w, e in case.forged.items() if not e.verifies(public, "chain-1")]
    assert broken == [
        "one byte of a signature altered",
        "a key that is no validator's",
        "signatures of a key that is not the accused one's",
    ]
    assert all(forged != case.genuine for forged in case.forged.values())


def test_what_each_node_says_of_evidence_is_kept(world) -> None:
    def refuse(*_, **__):
        raise RpcError("too old")

    for number, node in enumerate(world.chain.validators):
        node.rpc.call = refuse if number else lambda *_, **__: {}
    evidence = SimpleNamespace(json=lambda: "{}")

    answers = double_votes.offer(world.chain, evidence)

    assert answers == {"validator-0": "", "validator-1": "too old"}
