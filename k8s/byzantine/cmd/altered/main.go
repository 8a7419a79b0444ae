// Command altered is the reference chain's node around an application that is
// not as it should be. What is altered stands in the variable ALTERED:
//
//	generous   from the height in ALTERED_FROM on each block gives the first
//	           account one token too many: another state than everybody's
//	deaf       throws away what a block says of misbehaviour
//	credulous  accepts every proposal, whatever is in it
//
// With ALTERED_PLAIN=yes it is started as the SDK starts nodes, without the
// reference node's own answers to the kubelet and its end on a failure.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/config"
	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/server"
	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
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
		Use: app.Name, Short: "The reference chain's node, altered", SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
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
		},
	}
	options := server.StartCmdOptions{}
	if os.Getenv("ALTERED_PLAIN") == "" {
		options = server.StartCmdOptions{AddFlags: node.AddFlags, StartCommandHandler: node.Start}
	}
	cmd.AddCommand(server.StartCmdWithOptions(newApplication, home, options))
	return cmd
}
