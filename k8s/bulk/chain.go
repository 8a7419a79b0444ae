package main

import (
	"context"
	"fmt"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

const (
	perRequest = 10 * time.Second
	perDial    = 2 * time.Minute // the node may start later than we do
)

// chain is a node's RPC.
type chain struct {
	id     string
	client *rpchttp.HTTP
}

// dial connects to a node and learns the chain's id from it.
func dial(ctx context.Context, url string) (*chain, error) {
	client, err := rpchttp.New(url, "/websocket")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, perDial)
	defer cancel()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		status, err := client.Status(ctx)
		if err == nil {
			return &chain{id: status.NodeInfo.Network, client: client}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("node at %s: %w", url, err)
		case <-again.C:
		}
	}
}

// height returns the newest height.
func (c *chain) height(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	status, err := c.client.Status(ctx)
	if err != nil {
		return 0, err
	}
	return status.SyncInfo.LatestBlockHeight, nil
}

// learn asks for an account's number and sequence.
func (c *chain) learn(ctx context.Context, a *account) error {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	request, err := (&authtypes.QueryAccountInfoRequest{Address: a.address}).Marshal()
	if err != nil {
		return err
	}
	result, err := c.client.ABCIQuery(ctx, "/cosmos.auth.v1beta1.Query/AccountInfo", request)
	if err != nil {
		return err
	}
	if result.Response.Code != 0 {
		return fmt.Errorf("account %s: %s", a.address, result.Response.Log)
	}
	var answer authtypes.QueryAccountInfoResponse
	if err := answer.Unmarshal(result.Response.Value); err != nil {
		return err
	}
	a.number, a.sequence, a.known = answer.Info.AccountNumber, answer.Info.Sequence, true
	return nil
}

// offer broadcasts a transfer; nil means that the mempool has taken it.
func (c *chain) offer(ctx context.Context, bytes []byte) error {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	result, err := c.client.BroadcastTxSync(ctx, bytes)
	if err != nil {
		return err
	}
	if result.Code != 0 {
		return fmt.Errorf("code %d: %s", result.Code, result.Log)
	}
	return nil
}
