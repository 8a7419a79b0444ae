package main

import (
	"github.com/cometbft/cometbft/consensus"
	"github.com/cosmos/gogoproto/proto"
)

// relay passes what each of two sides says on to the other one, so that sides
// which are cut from each other keep up with each other through this peer, until
// it shows them two blocks.
type relay struct {
	sides [2][]string
	queue chan passed
}

// passed is a message on its way to one side.
type passed struct {
	to      []string
	channel byte
	msg     proto.Message
}

// newRelay begins to pass messages on, in the order in which they come.
func newRelay(n *network, one, other []string) *relay {
	r := &relay{sides: [2][]string{one, other}, queue: make(chan passed, heardBorne)}
	go func() {
		for p := range r.queue {
			n.send(p.to, p.channel, p.msg)
		}
	}()
	return r
}

// pass passes a message on to the side that its sender is not on.
func (r *relay) pass(from string, msg consensus.Message) {
	channel := consensus.DataChannel
	if _, ok := msg.(*consensus.VoteMessage); ok {
		channel = consensus.VoteChannel
	}
	content, err := consensus.MsgToProto(msg)
	if err != nil {
		return
	}
	to := r.sides[1]
	if contains(r.sides[1], from) {
		to = r.sides[0]
	}
	select {
	case r.queue <- passed{to, channel, content}:
	default: // a side that takes nothing any more must not hold the others up
	}
}

// heightOf is the height that a proposal, a part or a vote is about; 0 for others.
func heightOf(msg consensus.Message) int64 {
	switch m := msg.(type) {
	case *consensus.ProposalMessage:
		return m.Proposal.Height
	case *consensus.BlockPartMessage:
		return m.Height
	case *consensus.VoteMessage:
		return m.Vote.Height
	}
	return 0
}

// relayBetween begins to pass on; without sides it ends that.
func (p *peer) relayBetween(one, other []string) line {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.relay != nil {
		close(p.relay.queue)
		p.relay = nil
	}
	if len(one) > 0 && len(other) > 0 {
		p.relay, p.apart = newRelay(p.network, one, other), 0
	}
	return line{"one": one, "other": other}
}

// claim is where the peer says that it is: with the node that is farthest, but
// with the last one as long as sides hear each other through this peer, for what
// that one lacks is sent to who says that he lacks it.
func (p *peer) claim(highest place) place {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.relay == nil || p.apart != 0 {
		return highest
	}
	for _, side := range p.relay.sides {
		for _, name := range side {
			if at := p.network.placeOf(name); highest.beyond(at) {
				highest = at
			}
		}
	}
	return highest
}

// passOn passes a message on while the sides are to be kept together.
func (p *peer) passOn(from string, msg consensus.Message) {
	height := heightOf(msg)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.relay != nil && height > 0 && (p.apart == 0 || height < p.apart) {
		p.relay.pass(from, msg)
	}
}
