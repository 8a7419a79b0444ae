// Package app is the reference chain's application: the usual modules of a
// proof-of-stake chain, wired by configuration, and nothing else.
package app

import (
	"context"
	"io"

	"cosmossdk.io/depinject"
	"cosmossdk.io/log"
	storetypes "cosmossdk.io/store/types"
	upgradekeeper "cosmossdk.io/x/upgrade/keeper"
	upgradetypes "cosmossdk.io/x/upgrade/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/version"

	"pytest-roadmap/reference-chain/ballast"
)

const (
	// Name is the application's name in the ABCI handshake and on the command line.
	Name = "roadmapd"
	// AddressPrefix begins every account address of this chain.
	AddressPrefix = "road"
	// Denom is the token for staking, fees and transfers.
	Denom = "uroad"
)

func init() {
	prefixes := sdk.GetConfig()
	prefixes.SetBech32PrefixForAccount(AddressPrefix, AddressPrefix+"pub")
	prefixes.SetBech32PrefixForValidator(AddressPrefix+"valoper", AddressPrefix+"valoperpub")
	prefixes.SetBech32PrefixForConsensusNode(AddressPrefix+"valcons", AddressPrefix+"valconspub")
	sdk.DefaultBondDenom = Denom
}

// Encoding is what a client needs to read and write the chain's messages.
type Encoding struct {
	Codec      codec.Codec
	Amino      *codec.LegacyAmino
	Interfaces codectypes.InterfaceRegistry
	TxConfig   client.TxConfig
	Modules    module.BasicManager
}

// NewEncoding wires the modules without a store, for commands that run no node.
func NewEncoding() Encoding {
	var e Encoding
	err := depinject.Inject(
		depinject.Configs(moduleConfigs(), depinject.Supply(log.NewNopLogger(), emptyOptions{})),
		&e.Codec, &e.Amino, &e.Interfaces, &e.TxConfig, &e.Modules,
	)
	if err != nil {
		panic(err)
	}
	return e
}

// New makes the application on a database; its panics end the start, as the
// SDK's own do, because a half-wired application must never serve.
func New(logger log.Logger, db dbm.DB, trace io.Writer, options servertypes.AppOptions) servertypes.Application {
	var builder *runtime.AppBuilder
	var upgrades *upgradekeeper.Keeper
	err := depinject.Inject(
		depinject.Configs(moduleConfigs(), depinject.Supply(logger, options)),
		&builder, &upgrades,
	)
	if err != nil {
		panic(err)
	}

	app := builder.Build(db, trace, server.DefaultBaseappOptions(options)...)
	proposals := proposals{verifier: app.BaseApp, decode: app.TxDecode}
	app.SetPrepareProposal(proposals.prepare)
	app.SetProcessProposal(proposals.process)
	acceptUpgrade(app, upgrades)
	if err := addBallast(app); err != nil {
		panic(err)
	}
	served := served(app, options)
	if err := app.Load(true); err != nil {
		panic(err)
	}
	return served
}

// addBallast adds the module that has no configuration to be wired by.
func addBallast(app *runtime.App) error {
	key := storetypes.NewKVStoreKey(ballast.Name)
	if err := app.RegisterStores(key); err != nil {
		return err
	}
	return app.RegisterModules(ballast.NewModule(key))
}

// acceptUpgrade lets a governance plan that bears this release's version go on
// with this release.
func acceptUpgrade(app *runtime.App, upgrades *upgradekeeper.Keeper) {
	handler := func(ctx context.Context, _ upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
		return app.ModuleManager.RunMigrations(ctx, app.Configurator(), from)
	}
	upgrades.SetUpgradeHandler(version.Version, handler)
}

// emptyOptions stands in for a node's configuration where there is no node.
type emptyOptions struct{}

func (emptyOptions) Get(string) any { return nil }

var _ servertypes.Application = (*runtime.App)(nil)
var _ verifier = (*baseapp.BaseApp)(nil)
