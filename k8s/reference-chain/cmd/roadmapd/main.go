// Command roadmapd is the reference chain: its node, its client and what its
// manifests need to prepare, load and stop it.
package main

import (
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/version"
	authcli "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
	"github.com/spf13/cobra"

	"pytest-roadmap/reference-chain/app"
	"pytest-roadmap/reference-chain/command"
	"pytest-roadmap/reference-chain/node"
)

func main() {
	command.Run("The reference chain of pytest-roadmap", addCommands)
}

func addCommands(root *cobra.Command, encoding app.Encoding, home string) {
	root.AddCommand(
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
