package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	consensustypes "github.com/cometbft/cometbft/consensus/types"
	"github.com/cometbft/cometbft/libs/bytes"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/types"
)

const perRequest = 3 * time.Second

// rpc is one honest node's RPC.
type rpc struct {
	client *rpchttp.HTTP
}

// newRPC is the RPC of a node, on its usual port.
func newRPC(n node, port int) (rpc, error) {
	host, _, err := net.SplitHostPort(n.host)
	if err != nil {
		return rpc{}, err
	}
	client, err := rpchttp.New(fmt.Sprintf("tcp://%s:%d", host, port), "/websocket")
	return rpc{client: client}, err
}

func (r rpc) chainID() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), perRequest)
	defer cancel()
	status, err := r.client.Status(ctx)
	if err != nil {
		return "", err
	}
	return status.NodeInfo.Network, nil
}

// consensus is where the node is now, and what it knows of this height.
func (r rpc) consensus() (at place, round consensustypes.RoundStateSimple, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), perRequest)
	defer cancel()
	answer, err := r.client.ConsensusState(ctx)
	if err != nil {
		return at, round, err
	}
	if err := json.Unmarshal(answer.RoundState, &round); err != nil {
		return at, round, err
	}
	var step int
	_, err = fmt.Sscanf(round.HeightRoundStep, "%d/%d/%d", &at.height, &at.round, &step)
	return at, round, err
}

// proposer is the address of who proposes where the node is now.
func (r rpc) proposer() (place, types.Address, error) {
	at, round, err := r.consensus()
	return at, round.Proposer.Address, err
}

// roundVotes are the votes of a round, in words that name their validators.
type roundVotes struct {
	Round      int32    `json:"round"`
	Prevotes   []string `json:"prevotes"`
	Precommits []string `json:"precommits"`
}

// lastVote is the last vote of a validator that the node has for its present
// height; one below it if it has none.
func (r rpc) lastVote(of types.Address) (ballot, error) {
	at, round, err := r.consensus()
	if err != nil {
		return ballot{}, err
	}
	var rounds []roundVotes
	if err := json.Unmarshal(round.Votes, &rounds); err != nil {
		return ballot{}, err
	}
	return lastIn(at.height, rounds, of), nil
}

// lastIn is the last vote of a validator among those of a height's rounds.
func lastIn(height int64, rounds []roundVotes, of types.Address) ballot {
	last := ballot{at: place{height: height, round: -1}}
	name := fmt.Sprintf(":%X ", bytes.Fingerprint(of))
	for _, votes := range rounds {
		for kind, texts := range map[cmtproto.SignedMsgType][]string{
			cmtproto.PrevoteType: votes.Prevotes, cmtproto.PrecommitType: votes.Precommits,
		} {
			b := ballot{at: place{height: height, round: votes.Round}, kind: kind}
			for _, text := range texts {
				if strings.Contains(text, name) && b.beyond(last) {
					last = b
				}
			}
		}
	}
	return last
}

// validators is the validator set that decides a height.
func (r rpc) validators(height int64) (*types.ValidatorSet, error) {
	ctx, cancel := context.WithTimeout(context.Background(), perRequest)
	defer cancel()
	many := 100
	answer, err := r.client.Validators(ctx, &height, nil, &many)
	if err != nil {
		return nil, err
	}
	return types.ValidatorSetFromExistingValidators(answer.Validators)
}

// situation is all that a proposer of a height needs to know.
type situation struct {
	state      sm.State
	lastCommit *types.Commit
	height     int64
}

// situationAt asks an honest node that has the block before a height.
func (r rpc) situationAt(height int64) (*situation, error) {
	ctx, cancel := context.WithTimeout(context.Background(), perRequest)
	defer cancel()
	before := height - 1
	commit, err := r.client.Commit(ctx, &before)
	if err != nil {
		return nil, err
	}
	results, err := r.client.BlockResults(ctx, &before)
	if err != nil {
		return nil, err
	}
	params, err := r.client.ConsensusParams(ctx, &height)
	if err != nil {
		return nil, err
	}
	last, err := r.validators(before)
	if err != nil {
		return nil, err
	}
	now, err := r.validators(height)
	if err != nil {
		return nil, err
	}
	next := now.Copy()
	if changes, err := types.PB2TM.ValidatorUpdates(results.ValidatorUpdates); err != nil {
		return nil, err
	} else if err := next.UpdateWithChangeSet(changes); err != nil {
		return nil, err
	}
	found := &situation{height: height, lastCommit: commit.Commit, state: sm.State{
		Version:         sm.InitStateVersion,
		ChainID:         commit.ChainID,
		InitialHeight:   1,
		LastBlockHeight: before, LastBlockID: commit.Commit.BlockID, LastBlockTime: commit.Time,
		LastValidators: last, Validators: now, NextValidators: next,
		ConsensusParams: params.ConsensusParams,
		LastResultsHash: sm.TxResultsHash(results.TxsResults), AppHash: results.AppHash,
	}}
	found.state.Version.Consensus.App = commit.Version.App
	return found, nil
}
