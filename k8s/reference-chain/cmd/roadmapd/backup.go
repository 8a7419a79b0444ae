package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/spf13/cobra"

	"pytest-roadmap/reference-chain/command"
)

const backupTime = 60 * time.Second

// backupCommand saves what a new node needs in order to trust its peers: the
// genesis and the newest commit with the application's hash.
func backupCommand() *cobra.Command {
	var node, out string
	cmd := &cobra.Command{
		Use: "backup", Short: "Save a node's genesis and newest commit", Annotations: command.Homeless,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), backupTime)
			defer cancel()
			return backup(ctx, node, out)
		},
	}
	cmd.Flags().StringVar(&node, "node", environment("NODE", "tcp://127.0.0.1:26657"), "RPC address (env NODE)")
	cmd.Flags().StringVar(&out, "out", ".", "folder to write to")
	return cmd
}

func backup(ctx context.Context, node, out string) error {
	client, err := rpchttp.New(node, "/websocket")
	if err != nil {
		return err
	}
	genesis, err := client.Genesis(ctx)
	if err != nil {
		return fmt.Errorf("genesis of %s: %w", node, err)
	}
	commit, err := client.Commit(ctx, nil)
	if err != nil {
		return fmt.Errorf("commit of %s: %w", node, err)
	}
	for name, part := range map[string]any{"genesis.json": genesis.Genesis, "commit.json": commit.SignedHeader} {
		content, err := cmtjson.Marshal(part)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), content, 0o600); err != nil {
			return err
		}
	}
	fmt.Printf(`{"height":%d,"app_hash":"%s"}`+"\n", commit.Height, commit.AppHash)
	return nil
}
