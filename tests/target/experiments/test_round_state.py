from __future__ import annotations

from types import SimpleNamespace

from pytest_roadmap.target.experiments import round_state

ANSWER = {
    "round_state": {
        "height/round/step": "16/1/6",
        "proposal_block_hash": "AA",
        "locked_block_hash": "AA",
        "height_vote_set": [
            {
                "round": 0,
                "prevotes_bit_array": "BA{4:____} 0/40 = 0.00",
                "precommits": [],
                "precommits_bit_array": "BA{4:____} 0/40 = 0.00",
            },
            {
                "round": 1,
                "prevotes_bit_array": "BA{4:xxx_} 30/40 = 0.75",
                "precommits": [
                    "Vote{0:0123456789AB 16/01/SIGNED_MSG_TYPE_PRECOMMIT AA}",
                    "nil-Vote",
                ],
                "precommits_bit_array": "BA{4:x___} 10/40 = 0.25",
            },
        ],
    }
}


def test_the_votes_of_the_present_round_are_read() -> None:
    rpc = SimpleNamespace(call=lambda _: ANSWER)

    state = round_state.ask(SimpleNamespace(name="validator-0", rpc=rpc))

    assert (state.height, state.round, state.step) == (16, 1, 6)
    assert (state.proposal, state.locked) == ("AA", "AA")
    assert (state.prevotes, state.precommits) == (3, 1)
    assert state.has_precommit_of("0123456789ABCDEF")
    assert not state.has_precommit_of("FEDCBA9876543210")
