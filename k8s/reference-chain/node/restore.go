package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"cosmossdk.io/log"
	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/node"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/statesync"
	"github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/cosmos-sdk/server"
	servercmtlog "github.com/cosmos/cosmos-sdk/server/log"
)

const (
	// How long one try to verify the pinned block may take, and the rest after it.
	trustTime = 10 * time.Second
	trustRest = 2 * time.Second
	// restoreFolder holds chunks that have been fetched and not yet applied.
	restoreFolder = "restore"
)

// restorable are the files of the data folder that a restore makes. Keys'
// signing states are not among them: what was signed stays signed.
var restorable = []string{
	"application.db", "state.db", "blockstore.db", "evidence.db", "tx_index.db",
	"snapshots", "cs.wal", restoreFolder,
}

// prepareRestore makes the data folder fit for a restore, if one is asked for.
//
// The stores refuse a snapshot when they are not empty, so what a killed restore
// has left would keep the node waiting for ever. It is removed as long as
// CometBFT has no state of its own: until then nobody has vouched for it.
func prepareRestore(config *cmtcfg.Config, keep bool, logger log.Logger) error {
	if !config.StateSync.Enable {
		return nil
	}
	data := config.DBDir()
	// CometBFT does not hand its temp_dir on to where chunks are kept.
	chunks := filepath.Join(data, restoreFolder)
	if err := os.Setenv("TMPDIR", chunks); err != nil {
		return err
	}
	complete, err := restored(config)
	if err != nil || complete {
		return err
	}
	for _, name := range restorable {
		path := filepath.Join(data, name)
		if keep || !exists(path) {
			continue
		}
		logger.Info("removing what an unfinished restore has left", "path", path)
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return os.MkdirAll(chunks, 0o700)
}

// restored tells whether the node has a state, and the block that belongs to it.
func restored(config *cmtcfg.Config) (bool, error) {
	if !exists(filepath.Join(config.DBDir(), "state.db")) {
		return false, nil
	}
	blocks, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "blockstore", Config: config})
	if err != nil {
		return false, err
	}
	defer blocks.Close()
	states, err := cmtcfg.DefaultDBProvider(&cmtcfg.DBContext{ID: "state", Config: config})
	if err != nil {
		return false, err
	}
	defer states.Close()
	state, err := sm.NewStore(states, sm.StoreOptions{}).Load()
	if err != nil || state.LastBlockHeight == 0 {
		return false, err
	}
	known := store.NewBlockStore(blocks)
	return known.Height() > 0 || known.LoadSeenCommit(state.LastBlockHeight) != nil, nil
}

// restoreOptions are what CometBFT needs for a restore, if one is due.
func restoreOptions(ctx context.Context, sc *server.Context, doc *cmttypes.GenesisDoc) ([]node.Option, error) {
	if !sc.Config.StateSync.Enable {
		return nil, nil
	}
	complete, err := restored(sc.Config)
	if err != nil || complete {
		return nil, err
	}
	provider, err := trusted(ctx, sc.Config.StateSync, doc, sc.Logger.With(log.ModuleKey, "trust"))
	return []node.Option{node.StateProvider(provider)}, err
}

// trusted makes the source of verified headers for a restore. It tries until the
// servers give the pinned block: one that gives another block is not believed,
// and there is nothing to do but wait until the right ones answer.
func trusted(ctx context.Context, config *cmtcfg.StateSyncConfig, doc *cmttypes.GenesisDoc, logger log.Logger) (statesync.StateProvider, error) {
	options := light.TrustOptions{Period: config.TrustPeriod, Height: config.TrustHeight, Hash: config.TrustHashBytes()}
	rest := time.NewTicker(trustRest)
	defer rest.Stop()
	for {
		provider, err := connectTrusted(ctx, config.RPCServers, doc, options, logger)
		if err == nil {
			return provider, nil
		}
		logger.Error("the pinned block cannot be verified yet", "height", config.TrustHeight, "err", err)
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("stopped before the pinned block was verified: %w", ctx.Err())
		case <-rest.C:
		}
	}
}

func connectTrusted(ctx context.Context, servers []string, doc *cmttypes.GenesisDoc, options light.TrustOptions, logger log.Logger) (statesync.StateProvider, error) {
	ctx, cancel := context.WithTimeout(ctx, trustTime)
	defer cancel()
	return statesync.NewLightClientStateProvider(
		ctx, doc.ChainID, sm.InitStateVersion, doc.InitialHeight, servers, options,
		servercmtlog.CometLoggerWrapper{Logger: logger},
	)
}
