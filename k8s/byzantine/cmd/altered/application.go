package main

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"cosmossdk.io/collections"
	"cosmossdk.io/log"
	"cosmossdk.io/math"
	storetypes "cosmossdk.io/store/types"
	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/runtime"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"pytest-roadmap/reference-chain/app"
)

// newApplication makes the reference chain's application and alters it.
func newApplication(logger log.Logger, db dbm.DB, trace io.Writer, options servertypes.AppOptions) servertypes.Application {
	made := app.New(logger, db, trace, options)
	switch what := os.Getenv("ALTERED"); what {
	case "generous":
		from, err := strconv.ParseInt(os.Getenv("ALTERED_FROM"), 10, 64)
		if err != nil {
			panic(fmt.Errorf("ALTERED_FROM: %w", err))
		}
		return newGenerous(made, logger, from)
	case "deaf":
		return deaf{made}
	case "credulous":
		return credulous{made}
	default:
		panic(fmt.Errorf("ALTERED=%q is not known", what))
	}
}

// deaf does not hear what blocks say of misbehaviour.
type deaf struct{ servertypes.Application }

// FinalizeBlock executes a block as if nobody in it were accused.
func (d deaf) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	req.Misbehavior = nil
	return d.Application.FinalizeBlock(req)
}

// credulous believes every proposer.
type credulous struct{ servertypes.Application }

// ProcessProposal accepts.
func (credulous) ProcessProposal(*abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// generous gives one account a token with every block from a height on.
type generous struct {
	*runtime.App
	logger log.Logger
	bank   bankkeeper.BaseViewKeeper
	from   int64
}

func newGenerous(made servertypes.Application, logger log.Logger, from int64) *generous {
	inner := made.(*runtime.App)
	key := inner.UnsafeFindStoreKey(banktypes.StoreKey).(*storetypes.KVStoreKey)
	encoding := app.NewEncoding()
	bank := bankkeeper.NewBaseViewKeeper(encoding.Codec, runtime.NewKVStoreService(key), nil, logger)
	return &generous{App: inner, logger: logger, bank: bank, from: from}
}

// FinalizeBlock executes a block, and one credit that is not in it.
func (g *generous) FinalizeBlock(req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	if req.Height >= g.from {
		if err := g.credit(req.Height); err != nil {
			return nil, err
		}
	}
	answer, err := g.App.FinalizeBlock(req)
	if err == nil && req.Height >= g.from {
		g.logger.Info("altered state", "height", req.Height, "app_hash", fmt.Sprintf("%X", answer.AppHash))
	}
	return answer, err
}

// credit writes below the block's own cache, so that it is part of its result.
func (g *generous) credit(height int64) error {
	ctx := g.NewUncachedContext(false, cmtproto.Header{Height: height})
	var first *sdk.AccAddress
	balance := math.ZeroInt()
	err := g.bank.Balances.Walk(ctx, nil, func(key collections.Pair[sdk.AccAddress, string], amount math.Int) (bool, error) {
		address := key.K1()
		first, balance = &address, amount
		return key.K2() == app.Denom, nil
	})
	if err != nil || first == nil {
		return fmt.Errorf("no account to be generous to: %w", err)
	}
	return g.bank.Balances.Set(ctx, collections.Join(*first, app.Denom), balance.AddRaw(1))
}
