package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	"github.com/spf13/cobra"

	"pytest-roadmap/reference-chain/app"
	"pytest-roadmap/reference-chain/command"
	"pytest-roadmap/reference-chain/load"
	"pytest-roadmap/reference-chain/setup"
)

func loadCommand(encoding app.Encoding) *cobra.Command {
	var plan load.Plan
	var node, seed string
	var first, count int
	var stay bool
	cmd := &cobra.Command{
		Use: "load", Short: "Send signed transfers at a steady rate", Annotations: command.Homeless,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer cancel()
			if plan.Rate <= 0 || count < 2 || seed == "" {
				return errors.New("load needs a rate above 0, at least 2 accounts and the seed of their keys")
			}
			keys := make([]cryptotypes.PrivKey, count)
			for i := range keys {
				keys[i] = setup.AccountKey(seed, first+i)
			}
			if err := sendLoad(ctx, plan, node, encoding, keys); err != nil {
				return err
			}
			if stay {
				<-ctx.Done() // a Deployment would start an ended load again
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&node, "node", environment("NODE", "tcp://127.0.0.1:26657"), "RPC address (env NODE)")
	cmd.Flags().StringVar(&seed, "seed", os.Getenv("ACCOUNT_SEED"), "seed of the account keys (env ACCOUNT_SEED)")
	cmd.Flags().Float64Var(&plan.Rate, "rate", number("RATE", 5), "transfers per second (env RATE)")
	cmd.Flags().DurationVar(&plan.Duration, "duration", 0, "stop after so long; 0: no bound")
	cmd.Flags().IntVar(&plan.Count, "count", 0, "stop after so many; 0: no bound")
	cmd.Flags().DurationVar(&plan.Report, "report", 5*time.Second, "time between two lines")
	cmd.Flags().IntVar(&first, "first-account", int(number("FIRST_ACCOUNT", 8)), "first account to send from (env FIRST_ACCOUNT)")
	cmd.Flags().IntVar(&count, "accounts", int(number("ACCOUNTS", 16)), "how many accounts send (env ACCOUNTS)")
	cmd.Flags().BoolVar(&stay, "stay", false, "when done, wait for a signal")
	return cmd
}

// sendLoad waits for the node, which may start later than the load, and sends.
func sendLoad(ctx context.Context, plan load.Plan, node string, encoding app.Encoding, keys []cryptotypes.PrivKey) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		chain, err := load.Dial(ctx, node, app.Denom, encoding.TxConfig, encoding.Codec, keys)
		if err == nil {
			_, err = load.Run(ctx, plan, len(keys), chain, os.Stdout)
			if err == nil {
				return nil
			}
		}
		fmt.Fprintln(os.Stderr, err)
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
	}
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func number(name string, otherwise float64) float64 {
	value, err := strconv.ParseFloat(os.Getenv(name), 64)
	if err != nil {
		return otherwise
	}
	return value
}
