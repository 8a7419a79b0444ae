// Package command begins the programs that are the reference chain's node: the
// plain one, and the ones that are built around it.
package command

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
)

const (
	prefix   = "ROADMAPD" // of the variables that stand for flags
	homeless = "homeless"
)

// Homeless is the annotation of a command that reads no node's home directory.
var Homeless = map[string]string{homeless: "yes"}

// Run executes a program with the commands that add gives it, and ends it with
// status 1 after an error.
func Run(short string, add func(root *cobra.Command, encoding app.Encoding, home string)) {
	home := filepath.Join(os.Getenv("HOME"), "."+app.Name)
	encoding := app.NewEncoding()
	base := client.Context{}.
		WithCodec(encoding.Codec).
		WithInterfaceRegistry(encoding.Interfaces).
		WithLegacyAmino(encoding.Amino).
		WithTxConfig(encoding.TxConfig).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithInput(os.Stdin).
		WithHomeDir(home).
		WithViper(prefix)
	root := &cobra.Command{
		Use:           app.Name,
		Short:         short,
		SilenceErrors: true, // it is printed once, below …
		SilenceUsage:  true, // … and nothing that would hide it
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, base)
		},
	}
	add(root, encoding, home)
	if err := svrcmd.Execute(root, prefix, home); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// prepare reads configuration and flags for the commands that use the node's
// home directory.
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
