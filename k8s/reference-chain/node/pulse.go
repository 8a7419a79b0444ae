package node

import (
	"bytes"
	"context"
	"time"

	"github.com/cometbft/cometbft/consensus"
	"github.com/cometbft/cometbft/node"
	rpccore "github.com/cometbft/cometbft/rpc/core"
	"github.com/cometbft/cometbft/types"
)

// watcher reads the running node's state. It uses the node's own objects and no
// network, so a flood of queries cannot keep it waiting in a line.
type watcher struct {
	node    *node.Node
	env     *rpccore.Environment
	address types.Address
	began   time.Time
	signed  bool
	seen    int64
	members bool
}

func newWatcher(n *node.Node, began time.Time) (*watcher, error) {
	env, err := n.ConfigureRPC()
	if err != nil {
		return nil, err
	}
	return &watcher{node: n, env: env, address: env.PubKey.Address(), began: began}, nil
}

// run feels the pulse until the context ends.
func (w *watcher) run(ctx context.Context, health *Health) {
	ticker := time.NewTicker(pulseEvery)
	defer ticker.Stop()
	for {
		health.Feel(w.pulse())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *watcher) pulse() Pulse {
	store := w.node.BlockStore()
	height := store.Height()
	if height != w.seen {
		w.look(height)
	}
	p := Pulse{
		At: time.Now(), Height: height, CatchingUp: w.node.ConsensusReactor().WaitSync(),
		Validator: w.members, Signed: w.signed,
	}
	if meta := store.LoadBlockMeta(height); meta != nil {
		p.BlockTime = meta.Header.Time
	}
	for _, peer := range w.node.Switch().Peers().List() {
		p.Peers++
		if state, ok := peer.Get(types.PeerStateKey).(*consensus.PeerState); ok {
			// A peer at height h is deciding block h: it has block h-1.
			p.BestPeer = max(p.BestPeer, state.GetHeight()-1)
		}
	}
	return p
}

// look reads what can only change with a block: membership and signature.
func (w *watcher) look(height int64) {
	w.seen = height
	_, validators := w.env.ConsensusState.GetValidators()
	w.members = false
	for _, validator := range validators {
		w.members = w.members || bytes.Equal(validator.Address, w.address)
	}
	// The commit of a block is part of the next one.
	if commit := w.node.BlockStore().LoadBlockCommit(height - 1); commit != nil && !w.signed {
		w.signed = signedSince(commit, w.address, w.began)
	}
}

func signedSince(commit *types.Commit, address types.Address, began time.Time) bool {
	for _, sig := range commit.Signatures {
		if bytes.Equal(sig.ValidatorAddress, address) {
			return sig.BlockIDFlag == types.BlockIDFlagCommit && !sig.Timestamp.Before(began)
		}
	}
	return false
}
