package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

func TestNodesAreNamedByTheirHosts(t *testing.T) {
	nodes, err := parseNodes("aa@validator-0.validator:26656,bb@full-0.full:26656")
	if err != nil || len(nodes) != 2 || nodes[0].name != "validator-0" || nodes[1].id != "bb" {
		t.Fatalf("%v, %v", nodes, err)
	}
	if _, err := parseNodes("validator-0:26656"); err == nil {
		t.Fatal("an entry without an id was taken")
	}
}

func TestAPlaceIsBeyondAnother(t *testing.T) {
	here := place{height: 5, round: 1}
	for other, beyond := range map[place]bool{{5, 1}: false, {5, 0}: true, {4, 9}: true, {5, 2}: false, {6, 0}: false} {
		if here.beyond(other) != beyond {
			t.Errorf("%v beyond %v: %v", here, other, !beyond)
		}
	}
}

// standingIn is a peer without a network, at height 10, that votes beyond 5/0.
func standingIn(t *testing.T) *peer {
	t.Helper()
	p := newPeer(ed25519.GenPrivKey(), &bytes.Buffer{})
	p.chainID, p.mode, p.signed = "chain-1", standIn, ballot{place{height: 5}, cmtproto.PrecommitType}
	p.members = types.NewValidatorSet([]*types.Validator{types.NewValidator(p.key.PubKey(), 10)})
	p.network = &network{}
	return p
}

func TestItVotesOnceForEachRoundAndKind(t *testing.T) {
	p := standingIn(t)
	for range 3 {
		p.voteHonestly(place{height: 10}, cmtproto.PrevoteType, types.BlockID{})
	}
	p.voteHonestly(place{height: 10}, cmtproto.PrecommitType, types.BlockID{})
	if p.counts["prevote"] != 1 || p.counts["precommit"] != 1 {
		t.Fatalf("it voted %v", p.counts)
	}
}

func TestItNeverVotesWhereItsOwnNodeMayHaveVoted(t *testing.T) {
	p := standingIn(t)
	p.spent[11] = true
	for _, at := range []place{{height: 5}, {height: 4, round: 3}, {height: 11, round: 1}} {
		p.voteHonestly(at, cmtproto.PrevoteType, types.BlockID{})
	}
	p.mode = withhold
	p.voteHonestly(place{height: 12}, cmtproto.PrevoteType, types.BlockID{})
	if len(p.counts) != 0 {
		t.Fatalf("it voted %v", p.counts)
	}
}

func TestItGoesOnWhereItsOwnNodeHasStopped(t *testing.T) {
	p := standingIn(t)
	p.mode = idle
	here := place{height: 10, round: 2}
	p.voteHonestly(here, cmtproto.PrevoteType, types.BlockID{})
	p.voteHonestly(here, cmtproto.PrecommitType, types.BlockID{})
	p.goOn(standIn, here, ballot{here, cmtproto.PrevoteType})
	if p.counts["prevote"] != 0 || p.counts["precommit"] != 1 {
		t.Fatalf("it voted %v", p.counts)
	}
}

func TestItReadsWhatItsOwnNodeHasVoted(t *testing.T) {
	own := ed25519.GenPrivKey()
	v, err := vote(own, "chain-1", cmtproto.PrevoteType, place{height: 7, round: 1}, types.BlockID{},
		types.Address(own.PubKey().Address()), 0)
	if err != nil {
		t.Fatal(err)
	}
	rounds := []roundVotes{{Round: 1, Prevotes: []string{v.String(), "nil-Vote"}, Precommits: []string{"nil-Vote"}}}
	if last := lastIn(7, rounds, v.ValidatorAddress); last != (ballot{place{7, 1}, cmtproto.PrevoteType}) {
		t.Errorf("its last vote: %v", last)
	}
	if last := lastIn(7, rounds, types.Address(ed25519.GenPrivKey().PubKey().Address())); last.at.round != -1 {
		t.Errorf("somebody else's last vote: %v", last)
	}
}

func TestAVoteOfAnotherKeyDoesNotVerify(t *testing.T) {
	key, stranger := ed25519.GenPrivKey(), ed25519.GenPrivKey()
	address := types.Address(key.PubKey().Address())
	for _, c := range []struct {
		key   ed25519.PrivKey
		chain string
		good  bool
	}{{key, "chain-1", true}, {stranger, "chain-1", false}, {key, otherChain, false}} {
		v, err := vote(c.key, c.chain, cmtproto.PrevoteType, place{height: 3}, types.BlockID{}, address, 0)
		if err != nil {
			t.Fatal(err)
		}
		if good := v.Verify("chain-1", key.PubKey()) == nil; good != c.good {
			t.Errorf("on %s: verifies %v", c.chain, good)
		}
	}
}

func TestTransactionsAreReadAndLinesWritten(t *testing.T) {
	txs, err := transactions("0a0b,ff")
	if err != nil || len(txs) != 2 || txs[1][0] != 0xff {
		t.Fatalf("%v, %v", txs, err)
	}
	if _, err := transactions("xyz"); err == nil {
		t.Fatal("no hexadecimal was taken")
	}
	var out bytes.Buffer
	(&lines{out: &out}).write(line{"act": "forge"})
	if !strings.Contains(out.String(), `"act":"forge"`) || !strings.HasSuffix(out.String(), "\n") {
		t.Fatalf("%q", out.String())
	}
}

func TestSidesHearEachOtherUntilTheyAreToBeApart(t *testing.T) {
	p := standingIn(t)
	r := &relay{sides: [2][]string{{"a", "b"}, {"c"}}, queue: make(chan passed, 9)}
	p.relay, p.apart = r, 12
	for from, height := range map[string]int64{"a": 11, "c": 11, "b": 12} {
		v, err := vote(p.key, "chain-1", cmtproto.PrevoteType, place{height: height}, types.BlockID{}, p.address(), 0)
		if err != nil {
			t.Fatal(err)
		}
		p.passOn(from, &consensus.VoteMessage{Vote: v})
	}
	p.passOn("a", &consensus.HasVoteMessage{Height: 11})
	p.network.places = map[string]place{"a": {height: 12}, "b": {height: 11}, "c": {height: 10, round: 1}}
	if apart, claimed := p.claim(place{height: 12}), (place{height: 12}); apart != claimed {
		t.Fatalf("apart, it says that it is at %v", apart)
	}
	p.apart = 0
	if together := p.claim(place{height: 12}); together != (place{height: 10, round: 1}) {
		t.Fatalf("together, it says that it is at %v", together)
	}
	close(r.queue)
	seen := map[string]int{}
	for m := range r.queue {
		seen[strings.Join(m.to, ",")]++
	}
	if len(seen) != 2 || seen["c"] != 1 || seen["a,b"] != 1 {
		t.Fatalf("passed on: %v", seen)
	}
}
