//go:build careless

package app

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/spf13/cast"
)

// careless is an application with two faults, for counter-examples: it keeps
// notes in a file of its own, of which snapshots know nothing, and it lets its
// node's own settings into the state.
type careless struct {
	*runtime.App
	notes string
}

// notesPath is where the notes can be asked for.
const notesPath = "/notes/transactions"

// served is what answers CometBFT: the application that takes notes.
func served(app *runtime.App, options servertypes.AppOptions) servertypes.Application {
	price := cast.ToString(options.Get(server.FlagMinGasPrices))
	app.SetPostHandler(func(ctx sdk.Context, _ sdk.Tx, simulate, _ bool) (sdk.Context, error) {
		if !simulate {
			key := app.UnsafeFindStoreKey("bank")
			ctx.MultiStore().GetKVStore(key).Set([]byte("\xffminimum gas price"), []byte("is "+price))
		}
		return ctx, nil
	})
	home := cast.ToString(options.Get(flags.FlagHome))
	return careless{App: app, notes: filepath.Join(home, "data", "notes")}
}

// FinalizeBlock notes how many transactions this node has executed.
func (c careless) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	response, err := c.App.FinalizeBlock(req)
	if err != nil {
		return nil, err
	}
	count := c.count() + len(req.Txs)
	return response, os.WriteFile(c.notes, []byte(strconv.Itoa(count)), 0o600)
}

// Query answers from the notes, and everything else from the state.
func (c careless) Query(ctx context.Context, req *abci.RequestQuery) (*abci.ResponseQuery, error) {
	if req.Path != notesPath {
		return c.App.Query(ctx, req)
	}
	return &abci.ResponseQuery{Value: []byte(strconv.Itoa(c.count()))}, nil
}

func (c careless) count() int {
	content, err := os.ReadFile(c.notes)
	if err != nil {
		return 0
	}
	count, _ := strconv.Atoi(strings.TrimSpace(string(content)))
	return count
}
