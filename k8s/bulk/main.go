// Command roadmap-bulk sends signed transfers that are as large as it is told, at a
// steady rate or as fast as they are taken.  It writes one JSON object per second, the
// last one final, and ends by itself or at SIGTERM.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "roadmap-bulk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	var p plan
	var node, seed, prefix, denom string
	var first, count int
	flags := flag.NewFlagSet("roadmap-bulk", flag.ContinueOnError)
	flags.StringVar(&node, "node", text("NODE", "http://127.0.0.1:26657"), "RPC address (env NODE)")
	flags.StringVar(&seed, "seed", os.Getenv("ACCOUNT_SEED"), "seed of the account keys (env ACCOUNT_SEED)")
	flags.StringVar(&prefix, "prefix", text("PREFIX", "road"), "what addresses begin with (env PREFIX)")
	flags.StringVar(&denom, "denom", text("DENOM", "uroad"), "what is sent (env DENOM)")
	flags.IntVar(&first, "first-account", int(number("FIRST_ACCOUNT", 24)), "first account to send from (env FIRST_ACCOUNT)")
	flags.IntVar(&count, "accounts", int(number("ACCOUNTS", 16)), "how many accounts send (env ACCOUNTS)")
	flags.IntVar(&p.size, "bytes", int(number("BYTES", 20_000)), "size of a transfer (env BYTES)")
	flags.Float64Var(&p.rate, "rate", number("RATE", 10), "transfers per second; 0: as fast as they are taken (env RATE)")
	flags.IntVar(&p.workers, "workers", int(number("WORKERS", 4)), "how many send at the same time (env WORKERS)")
	flags.Int64Var(&p.most, "most-bytes", int64(number("MOST_BYTES", 0)), "stop after so many bytes; 0: no bound (env MOST_BYTES)")
	flags.IntVar(&p.refusals, "refusals", int(number("REFUSALS", 0)), "stop after so many refusals by a full mempool; 0: no bound (env REFUSALS)")
	flags.Int64Var(&p.lapse, "lapse", int64(number("LAPSE", 0)), "blocks after which a transfer lapses; 0: never (env LAPSE)")
	flags.DurationVar(&p.duration, "duration", 10*time.Minute, "end after this time")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if seed == "" || count < p.workers || p.workers < 1 || p.rate < 0 {
		return errors.New("a seed, a worker, an account for each worker and a rate that is not negative are needed")
	}
	c, err := dial(ctx, node)
	if err != nil {
		return err
	}
	accounts := make([]*account, count)
	for i := range accounts {
		accounts[i] = newAccount(seed, first+i, prefix)
	}
	return send(ctx, p, accounts, form{chain: c.id, denom: denom, size: p.size}, c, os.Stdout)
}

func text(name, otherwise string) string {
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
