package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cometbft/cometbft/types"
)

// sendBurst signs transfers of one account beforehand, with consecutive sequence
// numbers, and sends them in their order: each over a connection of its own, after the
// answer to the one before.
func sendBurst(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("burst")
	var run purse
	node := flags.String("rpc", "", "the node's RPC")
	flags.StringVar(&run.what.chainID, "chain-id", "", "the chain's id")
	flags.StringVar(&run.what.denom, "denom", "", "what is sent")
	prefix := flags.String("prefix", "", "what addresses begin with")
	number := flags.Int("account", 0, "the account that sends; the next one receives")
	name := flags.String("name", "burst", "what the memos begin with")
	count := flags.Int("count", 40, "how many transfers")
	flags.DurationVar(&run.timeout, "timeout", 5*time.Second, "of one request")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	seed := os.Getenv("ACCOUNT_SEED")
	if *node == "" || *prefix == "" || run.what.chainID == "" || run.what.denom == "" || *count < 1 || seed == "" {
		return usageError{"burst: --rpc, --chain-id, --denom, --prefix, --count and ACCOUNT_SEED are wanted"}
	}
	from := newAccount(seed, *prefix, *number)
	run.what.to = newAccount(seed, *prefix, *number+1).address
	apart := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var err error
	if run.node, err = rpchttp.NewWithClient(*node, "/websocket", apart); err != nil {
		return err
	}
	if err := run.learn(ctx, &from); err != nil {
		return err
	}
	return run.burst(ctx, out, &from, *name, *count)
}

// burst signs all, and then sends them.
func (r *purse) burst(ctx context.Context, out *output, from *account, name string, count int) error {
	signed := make([][]byte, count)
	for n := range signed {
		what := r.what
		what.memo, what.amount = fmt.Sprintf("%s-%d", name, n), 1
		bytes, err := from.signed(what)
		if err != nil {
			return err
		}
		signed[n] = bytes
		from.sequence++
	}
	begun := time.Now()
	total := summary{Summary: true, End: "count"}
	for n, bytes := range signed {
		result := r.one(ctx, bytes, fmt.Sprintf("%s-%d", name, n))
		total.Requests++
		if result.Code == nil || *result.Code != 0 {
			total.Failed++
		}
		if err := out.line(result); err != nil {
			return err
		}
	}
	total.Seconds = time.Since(begun).Seconds()
	return out.line(total)
}

// one offers signed bytes to the node.
func (r *purse) one(ctx context.Context, bytes []byte, memo string) sent {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	result := sent{T: stamp(begun), Memo: memo, Amount: 1, Hash: fmt.Sprintf("%X", types.Tx(bytes).Hash())}
	answer, err := r.node.BroadcastTxSync(ctx, bytes)
	switch {
	case err != nil:
		result.Error = err.Error()
	case answer.Code != 0:
		result.Code, result.Error = &answer.Code, answer.Log
	default:
		result.Code = &answer.Code
	}
	result.Ms = milliseconds(begun)
	return result
}
