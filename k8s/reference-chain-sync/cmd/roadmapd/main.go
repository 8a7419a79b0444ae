// Command roadmapd is the reference chain: its node, its client and what its
// manifests need to prepare, load and stop it.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/config"
	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/server"
	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	"github.com/cosmos/cosmos-sdk/version"
	authcli "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
	"github.com/spf13/cobra"

	"pytest-roadmap/reference-chain/app"
	"pytest-roadmap/reference-chain/node"
)

func main() {
	home := filepath.Join(os.Getenv("HOME"), "."+app.Name)
	if err := svrcmd.Execute(root(home), "ROADMAPD", home); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func root(home string) *cobra.Command {
	encoding := app.NewEncoding()
	base := client.Context{}.
		WithCodec(encoding.Codec).
		WithInterfaceRegistry(encoding.Interfaces).
		WithLegacyAmino(encoding.Amino).
		WithTxConfig(encoding.TxConfig).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithInput(os.Stdin).
		WithHomeDir(home).
		WithViper("ROADMAPD")

	cmd := &cobra.Command{
		Use:           app.Name,
		Short:         "The reference chain of pytest-roadmap",
		SilenceErrors: true, // main prints the error once …
		SilenceUsage:  true, // … and nothing that would hide it
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, base)
		},
	}
	cmd.AddCommand(
		genutilcli.InitCmd(encoding.Modules, home),
		genesisCommands(encoding),
		keys.Commands(),
		server.StatusCommand(),
		queryCommands(),
		txCommands(encoding),
		version.NewVersionCommand(),
		server.StartCmdWithOptions(app.New, home, server.StartCmdOptions{
			AddFlags: node.AddFlags, StartCommandHandler: node.Start,
		}),
		configureCommand(), installGenesisCommand(), testnetFilesCommand(encoding),
		loadCommand(encoding), backupCommand(),
	)
	return cmd
}

// prepare reads configuration and flags for the commands that use the node's
// home directory; the small ones declare that they do not.
func prepare(cmd *cobra.Command, base client.Context) error {
	cmd.SetOut(cmd.OutOrStdout())
	cmd.SetErr(cmd.ErrOrStderr())
	if cmd.Annotations[homeless] != "" {
		return nil
	}
	cc, err := client.ReadPersistentCommandFlags(base.WithCmdContext(cmd.Context()), cmd.Flags())
	if err != nil {
		return err
	}
	if cc, err = clientconfig.ReadFromClientConfig(cc); err != nil {
		return err
	}
	if err := client.SetCmdClientContextHandler(cc, cmd); err != nil {
		return err
	}
	return server.InterceptConfigsPreRunHandler(cmd, "", nil, config.DefaultConfig())
}

func queryCommands() *cobra.Command {
	cmd := &cobra.Command{Use: "query", Aliases: []string{"q"}, Short: "Ask a node", RunE: client.ValidateCmd}
	cmd.AddCommand(
		rpc.WaitTxCmd(), server.QueryBlockCmd(), server.QueryBlocksCmd(), server.QueryBlockResultsCmd(),
		authcli.QueryTxsByEventsCmd(), authcli.QueryTxCmd(),
	)
	cmd.PersistentFlags().String(flags.FlagChainID, "", "The network's chain id")
	return cmd
}

func txCommands(encoding app.Encoding) *cobra.Command {
	cmd := &cobra.Command{Use: "tx", Short: "Make, sign and send transactions", RunE: client.ValidateCmd}
	cmd.AddCommand(
		authcli.GetSignCommand(), authcli.GetBroadcastCommand(), authcli.GetEncodeCommand(), authcli.GetDecodeCommand(),
	)
	encoding.Modules.AddTxCommands(cmd)
	cmd.PersistentFlags().String(flags.FlagChainID, "", "The network's chain id")
	return cmd
}

func genesisCommands(encoding app.Encoding) *cobra.Command {
	return genutilcli.Commands(encoding.TxConfig, encoding.Modules, "")
}
