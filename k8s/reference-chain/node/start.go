// Package node runs the reference chain's node: one process that starts in
// order, tells its health, keeps its peers and stops in order.
package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"cosmossdk.io/log"
	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/rpc/client/local"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/server/api"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	servercmtlog "github.com/cosmos/cosmos-sdk/server/log"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

const (
	flagHealth  = "health-address"
	flagPeers   = "peers"
	flagKey     = "consensus-key"
	flagEnd     = "end-after"
	flagKeep    = "keep-unfinished-restore"
	drainTime   = 3 * time.Second
	finalWords  = "the node has stopped in order"
	stopRequest = "stopping the node"
)

// AddFlags gives the start command what only this chain's node knows.
func AddFlags(cmd *cobra.Command) {
	cmd.Flags().String(flagHealth, ":26680", "address of the health server: /started, /live, /ready")
	cmd.Flags().String(flagPeers, "", "id@host:port of every node that must stay connected, or the path of a file with them")
	cmd.Flags().String(flagKey, "config/priv_validator_key.json", "consensus key, below the home directory")
	cmd.Flags().Bool(flagKeep, false, "leave what an unfinished restore has left (to look at it); such a node restores nothing more")
	cmd.Flags().Duration(flagEnd, 0, "end with an error after this time (to rehearse a bad release)")
}

// Start runs the node until a signal or a failure ends it.
func Start(sc *server.Context, cc client.Context, create servertypes.AppCreator, _ bool, _ server.StartCmdOptions) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	failed := make(chan string, 1)
	sc.Logger = failureLogger{Logger: sc.Logger, failed: failed}

	if err := relaxTimers(); err != nil {
		return err
	}
	lock, err := lockHome(sc.Config.RootDir)
	if err != nil {
		return err
	}
	defer lock.Close()

	err = run(ctx, sc, cc, create, failed)
	if err == nil {
		sc.Logger.Info(finalWords)
	}
	return err
}

func run(ctx context.Context, sc *server.Context, cc client.Context, create servertypes.AppCreator, failed <-chan string) (err error) {
	settings, err := serverconfig.GetConfig(sc.Viper)
	if err != nil {
		return err
	}
	health := NewHealth(time.Now())
	stopHealth, err := serveHealth(sc.Viper.GetString(flagHealth), health)
	if err != nil {
		return err
	}
	defer stopHealth()

	if err := prepareRestore(sc.Config, sc.Viper.GetBool(flagKeep), sc.Logger); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	db, err := dbm.NewDB("application", server.GetAppDBBackend(sc.Viper), filepath.Join(sc.Config.RootDir, "data"))
	if err != nil {
		return fmt.Errorf("application database: %w", err)
	}
	app, err := open(create, sc, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()

	comet, key, err := newComet(ctx, sc, app)
	if err != nil {
		if ctx.Err() != nil {
			return nil // asked to stop while it replayed blocks
		}
		return err
	}
	if err := comet.Start(); err != nil {
		return err
	}
	defer func() { stopComet(comet, sc.Logger) }()

	servers, inner := errgroup.WithContext(ctx)
	if err := serveQueries(inner, servers, sc, cc, app, comet, settings); err != nil {
		return err
	}
	if err := tend(inner, sc, comet, key, health); err != nil {
		return err
	}
	err = wait(inner, failed, sc.Viper.GetDuration(flagEnd))
	sc.Logger.Info(stopRequest, "because", reason(ctx, err))
	if err != nil {
		return err
	}
	return waitFor(servers)
}

// waitFor gives requests that are being answered a moment, and no more: a client
// that holds a stream open must not keep the databases from being closed.
func waitFor(servers *errgroup.Group) error {
	done := make(chan error, 1)
	go func() { done <- servers.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(drainTime):
		return nil
	}
}

// open loads the application; its creators panic, and a reason in one line is
// worth more to the reader of a pod's last words than a stack.
func open(create servertypes.AppCreator, sc *server.Context, db dbm.DB) (app servertypes.Application, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the application cannot be loaded: %v", cause)
		}
	}()
	return create(sc.Logger, db, nil, sc.Viper), nil
}

// newComet makes the CometBFT node; blocks that the application has not got yet
// are replayed in here.
func newComet(ctx context.Context, sc *server.Context, app servertypes.Application) (*node.Node, *p2p.NodeKey, error) {
	key, err := p2p.LoadOrGenNodeKey(sc.Config.NodeKeyFile())
	if err != nil {
		return nil, nil, err
	}
	signer, err := loadSigner(sc.Config.RootDir, sc.Viper.GetString(flagKey))
	if err != nil {
		return nil, nil, err
	}
	genesis := func() (*cmttypes.GenesisDoc, error) {
		doc, err := genutiltypes.AppGenesisFromFile(sc.Config.GenesisFile())
		if err != nil {
			return nil, err
		}
		return doc.ToGenesisDoc()
	}
	doc, err := genesis()
	if err != nil {
		return nil, nil, err
	}
	options, err := restoreOptions(ctx, sc, doc)
	if err != nil {
		return nil, nil, err
	}
	comet, err := node.NewNodeWithContext(
		ctx, sc.Config, signer, key, proxy.NewLocalClientCreator(server.NewCometABCIWrapper(app)),
		genesis, cmtcfg.DefaultDBProvider, node.DefaultMetricsProvider(sc.Config.Instrumentation),
		servercmtlog.CometLoggerWrapper{Logger: sc.Logger}, options...,
	)
	if err != nil {
		return nil, nil, err
	}
	return comet, key, applyTimeouts(comet.Switch(), sc.Config.P2P)
}

// serveQueries starts gRPC and REST where the configuration asks for them.
func serveQueries(ctx context.Context, g *errgroup.Group, sc *server.Context, cc client.Context,
	app servertypes.Application, comet *node.Node, settings serverconfig.Config,
) error {
	if !settings.API.Enable && !settings.GRPC.Enable {
		return nil
	}
	cc = cc.WithClient(local.New(comet)).WithHomeDir(sc.Config.RootDir)
	app.RegisterTxService(cc)
	app.RegisterTendermintService(cc)
	app.RegisterNodeService(cc, settings)
	grpc, cc, err := server.StartGrpcServer(ctx, g, settings.GRPC, cc, sc, app)
	if err != nil || !settings.API.Enable {
		return err
	}
	rest := api.New(cc, sc.Logger.With(log.ModuleKey, "api-server"), grpc)
	app.RegisterAPIRoutes(rest, settings.API)
	g.Go(func() error { return rest.Start(ctx, settings) })
	return nil
}

// tend starts what looks after the running node: its peers and its pulse.
func tend(ctx context.Context, sc *server.Context, comet *node.Node, key *p2p.NodeKey, health *Health) error {
	peers, err := readPeers(sc.Viper.GetString(flagPeers))
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(peers))
	for _, peer := range peers {
		ids = append(ids, string(peer.ID))
	}
	if err := comet.Switch().AddUnconditionalPeerIDs(ids); err != nil {
		return err
	}
	w, err := newWatcher(comet, health.began)
	if err != nil {
		return err
	}
	go w.run(ctx, health)
	go NewKeeper(comet.Switch(), key.ID(), peers, sc.Logger.With(log.ModuleKey, "peers")).Run(ctx)
	return nil
}

// wait returns nil when the node was asked to stop, else why it must end.
func wait(ctx context.Context, failed <-chan string, end time.Duration) error {
	var over <-chan time.Time
	if end > 0 {
		over = time.After(end)
	}
	select {
	case <-ctx.Done():
		return nil
	case what := <-failed:
		return errors.New(what)
	case <-over:
		return fmt.Errorf("ended %s after its start, as --%s asked", end, flagEnd)
	}
}

func reason(ctx context.Context, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case ctx.Err() != nil:
		return "it was asked to"
	default:
		return "a server ended"
	}
}

func stopComet(comet *node.Node, logger log.Logger) {
	if err := comet.Stop(); err != nil {
		logger.Error("CometBFT did not stop in order", "err", err)
		return
	}
	comet.Wait()
	logger.Info("CometBFT has stopped", "height", comet.BlockStore().Height())
}

func serveHealth(address string, health *Health) (stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("health server: %w", err)
	}
	srv := &http.Server{Handler: health, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(listener) }()
	return func() { _ = srv.Close() }, nil
}
