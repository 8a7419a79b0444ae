package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pytest-roadmap/reference-chain/app"
	"pytest-roadmap/reference-chain/command"
	"pytest-roadmap/reference-chain/setup"
)

func installGenesisCommand() *cobra.Command {
	var source, target, wanted string
	cmd := &cobra.Command{
		Use: "install-genesis", Short: "Copy the genesis if it is the published one", Annotations: command.Homeless,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return setup.InstallGenesis(source, target, wanted) },
	}
	cmd.Flags().StringVar(&source, "source", "", "where the genesis is")
	cmd.Flags().StringVar(&target, "target", "", "where the node reads it")
	cmd.Flags().StringVar(&wanted, "sha256", os.Getenv("GENESIS_SHA256"), "hash of the published genesis (env GENESIS_SHA256)")
	return cmd
}

func configureCommand() *cobra.Command {
	var h setup.Home
	cmd := &cobra.Command{
		Use: "configure", Short: "Install keys that are absent and write the configuration", Annotations: command.Homeless,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h.Dir, _ = cmd.Flags().GetString("home")
			return h.Configure()
		},
	}
	hostname, _ := os.Hostname()
	cmd.Flags().StringVar(&h.Name, "name", hostname, "the node's name")
	cmd.Flags().StringVar(&h.Keys, "keys", "", "folder with the keys of all nodes")
	cmd.Flags().StringSliceVar(&h.Settings, "settings", nil, "files with settings; a later one wins")
	cmd.Flags().BoolVar(&h.NeedsKeys, "validator", false, "the node signs: its keys must be given")
	cmd.Flags().StringVar(&h.Trust, "trust", "", "folder with the pinned block (height, hash, sign-above) that a restore begins at; may be empty")
	return cmd
}

func testnetFilesCommand(encoding app.Encoding) *cobra.Command {
	t := setup.Testnet{}
	var out, began string
	cmd := &cobra.Command{
		Use: "testnet-files", Short: "Write the manifests with genesis, keys and peers", Annotations: command.Homeless,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) (err error) {
			if t.Genesis, err = time.Parse(time.RFC3339, began); err != nil {
				return fmt.Errorf("genesis time: %w", err)
			}
			return t.Write(out, setup.Encoding{
				Codec: encoding.Codec, Modules: encoding.Modules, TxConfig: encoding.TxConfig, Denom: app.Denom,
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", ".", "folder to write to")
	cmd.Flags().StringVar(&t.ChainID, "chain-id", "roadmap-1", "chain id")
	cmd.Flags().StringVar(&t.Seed, "seed", "pytest-roadmap reference testnet", "public seed of all keys")
	cmd.Flags().StringVar(&began, "genesis-time", "2025-01-01T00:00:00Z", "genesis time")
	cmd.Flags().IntVar(&t.Validators, "validators", 4, "number of validators")
	cmd.Flags().IntVar(&t.FullNodes, "full-nodes", 1, "number of full nodes with a stable node id")
	cmd.Flags().IntVar(&t.Accounts, "accounts", 64, "number of funded accounts")
	cmd.Flags().Int64Var(&t.Ballast, "ballast", 0, "bytes of state that no compression makes smaller")
	cmd.Flags().StringVar(&t.Prefix, "prefix", "", "what the names of the objects begin with")
	return cmd
}
