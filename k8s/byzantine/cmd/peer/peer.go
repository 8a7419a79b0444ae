package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

const (
	// look is how often the peer looks where the chain is; rounds take seconds.
	look = 20 * time.Millisecond
	// heardBorne is how many messages may wait for an act that answers them.
	heardBorne = 4096
)

// mode is what the peer does at its own turns and with its own votes.
type mode int

const (
	idle     mode = iota
	withhold      // proposes, and never votes
	standIn       // proposes and votes as an honest validator would
)

// peer follows the chain among honest nodes and misbehaves when it is told to.
type peer struct {
	chainID string
	key     ed25519.PrivKey
	network *network
	rpcs    []rpc
	out     *lines
	heard   chan heard

	mu       sync.Mutex
	mode     mode
	began    place                    // it proposes beyond this place only
	signed   ballot                   // it votes beyond this ballot only: its own node has voted here
	job      func(*situation)         // what is to happen at the next turn, once
	spent    map[int64]bool           // heights of jobs: no honest vote in them
	voted    map[ballot]bool          // what it has voted on
	heardOf  map[ballot]types.BlockID // what an honest validator would vote now
	proposed map[place]bool           // rounds whose proposal it has heard
	members  *types.ValidatorSet      // of the present height
	counts   map[string]int           // proposals and votes as an honest validator
	relay    *relay
	apart    int64 // the height from which on the two sides hear each other no more
}

// ballot is what may be voted on once.
type ballot struct {
	at   place
	kind cmtproto.SignedMsgType
}

// beyond tells whether a ballot comes after another one.
func (b ballot) beyond(other ballot) bool {
	return b.at.beyond(other.at) || b.at == other.at && b.kind > other.kind
}

// heard is a message of an honest node.
type heard struct {
	from string
	msg  consensus.Message
}

func newPeer(key ed25519.PrivKey, out io.Writer) *peer {
	return &peer{
		key: key, out: &lines{out: out}, heard: make(chan heard, heardBorne), spent: map[int64]bool{},
		voted: map[ballot]bool{}, heardOf: map[ballot]types.BlockID{}, proposed: map[place]bool{},
		counts: map[string]int{},
	}
}

func (p *peer) address() types.Address { return types.Address(p.key.PubKey().Address()) }

// hear answers as an honest validator, and keeps the message for an act.
func (p *peer) hear(from string, msg consensus.Message) {
	switch m := msg.(type) {
	case *consensus.ProposalMessage:
		at := place{height: m.Proposal.Height, round: m.Proposal.Round}
		p.mu.Lock()
		p.proposed[at] = true
		p.mu.Unlock()
		p.voteHonestly(at, cmtproto.PrevoteType, m.Proposal.BlockID)
	case *consensus.VoteMessage:
		at := place{height: m.Vote.Height, round: m.Vote.Round}
		p.mu.Lock()
		silent := m.Vote.Type == cmtproto.PrecommitType || !m.Vote.BlockID.IsZero() || !p.proposed[at]
		p.mu.Unlock()
		// What others precommit it precommits; nil it prevotes where nothing was proposed.
		if silent && (m.Vote.Type == cmtproto.PrecommitType || m.Vote.BlockID.IsZero()) {
			p.voteHonestly(at, m.Vote.Type, m.Vote.BlockID)
		}
	}
	p.passOn(from, msg)
	select {
	case p.heard <- heard{from, msg}:
	default: // nobody listens
	}
}

// voteHonestly votes once for each height, round and kind; what it may not vote
// yet it keeps in mind, for nobody says it again.
func (p *peer) voteHonestly(at place, kind cmtproto.SignedMsgType, id types.BlockID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := ballot{at, kind}
	if _, known := p.heardOf[b]; !known {
		p.heardOf[b] = id
	}
	p.cast(b, id)
}

// cast votes if it may; the peer is locked.
func (p *peer) cast(b ballot, id types.BlockID) {
	at, kind := b.at, b.kind
	if p.mode != standIn || p.members == nil || p.spent[at.height] || p.voted[b] || !b.beyond(p.signed) {
		return
	}
	index, own := p.members.GetByAddress(p.address())
	if own == nil {
		return
	}
	p.voted[b] = true
	v, err := vote(p.key, p.chainID, kind, at, id, p.address(), index)
	if err == nil {
		p.counts[kindOf(kind)]++
		go p.network.sendVote(nil, v)
	}
}

// forget drops what was heard before an act began.
func (p *peer) forget() {
	for {
		select {
		case <-p.heard:
		default:
			return
		}
	}
}

// highest is where the node is that is farthest.
func (p *peer) highest() (best place) {
	for _, n := range p.network.nodes {
		if at := p.network.placeOf(n.name); at.beyond(best) {
			best = place{height: at.height, round: at.round}
		}
	}
	return best
}

// follow goes with the chain for ever, and proposes at this peer's turns.
func (p *peer) follow() {
	var last, claimed place
	for ; ; time.Sleep(look) {
		at := p.highest()
		if claim := p.claim(at); claim.beyond(claimed) {
			p.network.pretend(claim)
			claimed = claim
		}
		if !at.beyond(last) {
			continue
		}
		if at.height > last.height {
			p.learn(at.height)
		}
		last = at
		p.mu.Lock()
		wanted := at.round == 0 && at.beyond(p.began) && (p.mode != idle || p.job != nil)
		p.mu.Unlock()
		if wanted {
			p.turn(at)
		}
	}
}

// learn asks for the validator set of a height.
func (p *peer) learn(height int64) {
	for _, rpc := range p.rpcs {
		if members, err := rpc.validators(height); err == nil {
			p.mu.Lock()
			p.members = members
			for b := range p.heardOf {
				if b.at.height < height {
					delete(p.heardOf, b)
				}
			}
			p.mu.Unlock()
			return
		}
	}
}

// turn does the job of this peer's turn, if it is its turn: the one that was
// asked for, or an honest proposal.
func (p *peer) turn(at place) {
	s := p.situationIfMine(at.height)
	if s == nil {
		return
	}
	p.mu.Lock()
	job := p.job
	p.job = nil
	if job != nil {
		p.spent[at.height] = true
	}
	p.mu.Unlock()
	if job != nil {
		job(s)
		return
	}
	m, err := p.make(s, nil, nil)
	if err != nil {
		p.out.write(line{"event": "no proposal", "height": at.height, "error": err.Error()})
		return
	}
	p.arrive(s.height, nil)
	if err := p.show(m, nil); err != nil {
		p.out.write(line{"event": "not shown", "height": at.height, "error": err.Error()})
		return
	}
	p.voteHonestly(place{height: s.height}, cmtproto.PrevoteType, m.id())
	p.out.write(line{"event": "proposed", "height": s.height, "hash": m.id().Hash.String()})
}

// situationIfMine asks one node after the other, for each may be busy or behind.
func (p *peer) situationIfMine(height int64) *situation {
	for _, rpc := range p.rpcs {
		at, proposer, err := rpc.proposer()
		if err != nil || at.height != height {
			continue
		}
		if at.round > 0 || proposer.String() != p.address().String() {
			return nil
		}
		found, err := rpc.situationAt(height)
		if err == nil {
			return found
		}
		p.out.write(line{"event": "no situation", "height": height, "error": err.Error()})
	}
	return nil
}

// made is a block with the proposal that shows it.
type made struct {
	parts    *types.PartSet
	proposal *types.Proposal
}

func (m made) id() types.BlockID { return m.proposal.BlockID }

// make makes and signs a proposal; change spoils the block before it is hashed.
func (p *peer) make(s *situation, txs types.Txs, change func(*types.Block)) (made, error) {
	block, err := s.state.MakeBlock(s.height, txs, s.lastCommit, nil, p.address())
	if err != nil {
		return made{}, err
	}
	if change != nil {
		change(block)
	}
	parts, err := block.MakePartSet(types.BlockPartSizeBytes)
	if err != nil {
		return made{}, err
	}
	id := types.BlockID{Hash: block.Hash(), PartSetHeader: parts.Header()}
	proposal := types.NewProposal(s.height, 0, -1, id)
	proposal.Signature, err = p.key.Sign(types.ProposalSignBytes(p.chainID, proposal.ToProto()))
	return made{parts: parts, proposal: proposal}, err
}

// show sends a proposal and its block to the named nodes.
func (p *peer) show(m made, to []string) error {
	p.network.sendProposal(to, m.proposal)
	return p.network.sendParts(to, m.proposal, m.parts)
}

// vote makes a vote of a key in the name of an address.
func vote(key crypto.PrivKey, chainID string, kind cmtproto.SignedMsgType, at place, id types.BlockID,
	address types.Address, index int32,
) (*types.Vote, error) {
	v := &types.Vote{
		Type: kind, Height: at.height, Round: at.round, BlockID: id, Timestamp: time.Now().UTC(),
		ValidatorAddress: address, ValidatorIndex: index,
	}
	signature, err := key.Sign(types.VoteSignBytes(chainID, v.ToProto()))
	v.Signature = signature
	return v, err
}

func kindOf(kind cmtproto.SignedMsgType) string {
	if kind == cmtproto.PrevoteType {
		return "prevote"
	}
	return "precommit"
}

// line is one line of what the peer tells of itself.
type line map[string]any

// lines writes JSON lines, from several goroutines.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) write(content line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	content["time"] = time.Now().UTC().Format(time.RFC3339Nano)
	text, err := json.Marshal(content)
	if err != nil {
		text = []byte(`{"event":"a line cannot be written"}`)
	}
	_, _ = l.out.Write(append(text, '\n'))
}
