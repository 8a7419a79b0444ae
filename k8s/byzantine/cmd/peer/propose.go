package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/crypto/tmhash"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
)

const (
	turnTime   = 60 * time.Second
	arriveTime = 3 * time.Second // for the last of the nodes to come to a height
)

var errNoTurn = errors.New("no turn to propose has come")

// atTurn has something done at this peer's next turn, and waits for it.
func (p *peer) atTurn(do func(*situation) (line, error)) (line, error) {
	type outcome struct {
		told line
		err  error
	}
	done := make(chan outcome, 1)
	p.mu.Lock()
	p.job = func(s *situation) {
		told, err := do(s)
		done <- outcome{told, err}
	}
	p.mu.Unlock()
	select {
	case o := <-done:
		return o.told, o.err
	case <-time.After(turnTime):
		p.mu.Lock()
		p.job = nil
		p.mu.Unlock()
		return nil, errNoTurn
	}
}

// propose shows one block to everybody at this peer's next turn, and does not
// vote at that height.
func (p *peer) propose(txs types.Txs, wrongAppHash bool) (line, error) {
	return p.atTurn(func(s *situation) (line, error) {
		var change func(*types.Block)
		if wrongAppHash {
			change = func(block *types.Block) { block.AppHash = tmhash.Sum([]byte("another state")) }
		}
		m, err := p.make(s, txs, change)
		if err != nil {
			return nil, err
		}
		p.arrive(s.height, nil)
		return line{"height": s.height, "hash": m.id().Hash.String()}, p.show(m, nil)
	})
}

// side is some of the nodes and the block that they are shown.
type side struct {
	to  []string
	txs types.Txs
}

// split shows and votes one block to some nodes and another to the others.
func (p *peer) split(one, other side) (line, error) {
	return p.atTurn(func(s *situation) (line, error) {
		p.mu.Lock()
		p.apart = s.height
		p.mu.Unlock()
		hash, err := p.showAndVote(s, one)
		if err != nil {
			return nil, err
		}
		otherHash, err := p.showAndVote(s, other)
		return line{"height": s.height, "hash": hash, "other": otherHash}, err
	})
}

// showAndVote shows a block to one side, and votes for it there, twice.
func (p *peer) showAndVote(s *situation, to side) (string, error) {
	index, own := s.state.Validators.GetByAddress(p.address())
	if own == nil {
		return "", errors.New("this key is no validator's any more")
	}
	m, err := p.make(s, to.txs, nil)
	if err != nil {
		return "", err
	}
	p.arrive(s.height, to.to)
	if err := p.show(m, to.to); err != nil {
		return "", err
	}
	for _, kind := range []cmtproto.SignedMsgType{cmtproto.PrevoteType, cmtproto.PrecommitType} {
		v, err := vote(p.key, p.chainID, kind, place{height: s.height}, m.id(), p.address(), index)
		if err != nil {
			return "", err
		}
		if sent := p.network.sendVote(to.to, v); sent < len(to.to) {
			return "", fmt.Errorf("%d of %d nodes got the %s", sent, len(to.to), kindOf(kind))
		}
	}
	return m.id().Hash.String(), nil
}

// arrive waits until the named nodes decide a height: a proposal that comes
// earlier is dropped.
func (p *peer) arrive(height int64, names []string) {
	end := time.Now().Add(arriveTime)
	for time.Now().Before(end) {
		late := 0
		for _, n := range p.network.nodes {
			if (len(names) == 0 || contains(names, n.name)) && p.network.placeOf(n.name).height < height {
				late++
			}
		}
		if late == 0 {
			return
		}
		time.Sleep(look)
	}
}

// become changes what the peer does: at its turns from the next round on, with
// its votes from where its own node has stopped.
func (p *peer) become(m mode) line {
	at := p.highest()
	p.goOn(m, at, p.lastSigned(at))
	return line{"height": at.height, "round": at.round}
}

// goOn votes on what was heard before as well: nobody says it again.
func (p *peer) goOn(m mode, at place, signed ballot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.began, p.signed = m, at, signed
	for b, id := range p.heardOf {
		p.cast(b, id)
	}
}

// lastSigned is the last vote of this peer's validator that an honest node has.
// What its own node signed and nobody has heard nobody can hold against it.  A
// chain that waits for this very vote would wait for ever otherwise.
func (p *peer) lastSigned(at place) (last ballot) {
	for _, r := range p.rpcs {
		found, err := r.lastVote(p.address())
		if err != nil {
			return ballot{at, cmtproto.PrecommitType} // it may have voted here
		}
		if found.beyond(last) {
			last = found
		}
	}
	return last
}
