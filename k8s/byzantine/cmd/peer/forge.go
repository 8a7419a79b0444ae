package main

import (
	"time"

	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/tmhash"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

const (
	otherChain = "another-chain"
	// Each forged proposal is sent this often at the beginning of a height, for
	// it counts only before the real one.
	proposalRepeats = 5
	forgeTime       = 90 * time.Second
)

// forger sends votes and proposals in the names of validators whose keys it has not.
type forger struct {
	*peer
	stranger ed25519.PrivKey
	members  *types.ValidatorSet
	written  map[string]int
	begun    map[int64]bool
	made     map[string]bool // hashes of blocks that are not there: nobody is to commit one
	done     map[place]bool  // rounds with forged votes for the proposed block
}

// forge does so for a number of heights.
func (p *peer) forge(heights int64) (line, error) {
	p.forget()
	f := &forger{
		peer: p, stranger: ed25519.GenPrivKey(), begun: map[int64]bool{}, made: map[string]bool{}, done: map[place]bool{},
		written: map[string]int{"prevote": 0, "precommit": 0, "proposal": 0},
	}
	p.mu.Lock()
	f.members = p.members
	p.mu.Unlock()
	end := time.Now().Add(forgeTime)
	first := p.highest().height + 1
	last := first - 1
	for last < first+heights && time.Now().Before(end) {
		now := p.highest()
		if now.height >= first && now.height < first+heights {
			f.begin(now)
		}
		last = max(last, now.height)
		f.answer(first)
	}
	return line{"first": first, "last": last - 1, "written": f.written}, nil
}

// begin sends forged proposals in the proposer's name as soon as a height begins:
// at every second one and in its first round, so that an engine that believes
// them lives to be shown forged votes as well.
func (f *forger) begin(at place) {
	if f.begun[at.height] || at.height%2 == 1 || at.round > 0 {
		return
	}
	f.begun[at.height] = true
	for i := 0; i < proposalRepeats; i++ {
		// By another key; and with the real key of a validator, for another chain.
		f.proposal(at, f.stranger, f.chainID, byte(i))
		f.proposal(at, f.key, otherChain, byte(i))
	}
}

func (f *forger) proposal(at place, key ed25519.PrivKey, chain string, number byte) {
	id := types.BlockID{
		Hash:          tmhash.Sum(append([]byte(chain), number)),
		PartSetHeader: types.PartSetHeader{Total: 1, Hash: tmhash.Sum([]byte(chain))},
	}
	f.made[id.Hash.String()] = true
	proposal := types.NewProposal(at.height, at.round, -1, id)
	signature, err := key.Sign(types.ProposalSignBytes(chain, proposal.ToProto()))
	if err != nil {
		return
	}
	proposal.Signature = signature
	f.written["proposal"] += f.network.sendProposal(nil, proposal)
}

// answer forges upon what it hears: votes for a block as soon as it is proposed,
// and every genuine vote once more with one byte of its signature altered.
func (f *forger) answer(first int64) {
	wait := time.After(look)
	for {
		select {
		case <-wait:
			return
		case h := <-f.heard:
			switch msg := h.msg.(type) {
			case *consensus.ProposalMessage:
				at := place{height: msg.Proposal.Height, round: msg.Proposal.Round}
				if at.height >= first && !f.done[at] && !f.made[msg.Proposal.BlockID.Hash.String()] {
					f.done[at] = true
					f.votes(at, msg.Proposal.BlockID)
				}
			case *consensus.VoteMessage:
				if msg.Vote.Height >= first {
					f.spoil(h.from, msg.Vote)
				}
			}
		}
	}
}

// votes sends votes of both kinds in every validator's name but this peer's own.
func (f *forger) votes(at place, id types.BlockID) {
	for index, member := range f.members.Validators {
		if member.Address.String() == f.address().String() {
			continue
		}
		for _, chain := range []string{f.chainID, otherChain} {
			for _, kind := range []cmtproto.SignedMsgType{cmtproto.PrevoteType, cmtproto.PrecommitType} {
				v, err := vote(f.stranger, chain, kind, at, id, member.Address, int32(index))
				if err == nil {
					f.written[kindOf(kind)] += f.network.sendVote(nil, v)
				}
			}
		}
	}
}

// spoil sends a genuine vote on with one byte of its signature altered.
func (f *forger) spoil(from string, genuine *types.Vote) {
	altered := genuine.Copy()
	altered.Signature = append([]byte{}, genuine.Signature...)
	altered.Signature[len(altered.Signature)/2] ^= 1
	var others []string
	for _, n := range f.network.nodes {
		if n.name != from {
			others = append(others, n.name)
		}
	}
	f.written[kindOf(genuine.Type)] += f.network.sendVote(others, altered)
}
