package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cometbft/cometbft/types"
)

// wrongSequence is in the log of a transfer that was signed with an old sequence.
const wrongSequence = "account sequence mismatch"

// sent is the line for one transfer.  Its hash is its own, whatever came of it; without
// a code nobody knows whether it got there.
type sent struct {
	T      string  `json:"t"`
	Ms     float64 `json:"ms"`
	Memo   string  `json:"memo"`
	Hash   string  `json:"hash"`
	Amount int     `json:"amount"`
	Code   *uint32 `json:"code,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// purse has the accounts that send, and the way to the node.
type purse struct {
	node     *rpchttp.HTTP
	timeout  time.Duration
	accounts []account
	what     transfer
}

// sendTransfers sends signed transfers, one after the other and each with a memo of its
// own, to one receiver that nobody else pays.
func sendTransfers(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("transfers")
	var p pace
	var run purse
	node := flags.String("rpc", "", "the node's RPC")
	flags.StringVar(&run.what.chainID, "chain-id", "", "the chain's id")
	flags.StringVar(&run.what.denom, "denom", "", "what is sent")
	prefix := flags.String("prefix", "", "what addresses begin with")
	first := flags.Int("first-account", 0, "the first account that sends")
	count := flags.Int("accounts", 16, "how many send in turn; the next one receives")
	name := flags.String("name", "transfer", "what the memos begin with")
	flags.DurationVar(&run.timeout, "timeout", 5*time.Second, "of one request")
	p.flags(flags, 5)
	if err := parse(flags, arguments); err != nil {
		return err
	}
	seed := os.Getenv("ACCOUNT_SEED")
	if *node == "" || *prefix == "" || run.what.chainID == "" || run.what.denom == "" || *count < 1 || seed == "" {
		return usageError{"transfers: --rpc, --chain-id, --denom, --prefix, --accounts and ACCOUNT_SEED are wanted"}
	}
	if p.rate <= 0 {
		return usageError{"--rate must be above 0"}
	}
	for i := range *count {
		run.accounts = append(run.accounts, newAccount(seed, *prefix, *first+i))
	}
	run.what.to = newAccount(seed, *prefix, *first+*count).address
	var err error
	if run.node, err = rpchttp.New(*node, "/websocket"); err != nil {
		return err
	}
	if err := out.line(map[string]string{"receiver": run.what.to}); err != nil {
		return err
	}
	return run.all(ctx, out, &p, *name)
}

// all sends at the pace.  Transfers do not overlap: one that overtook another of the
// same account would be refused.
func (r *purse) all(ctx context.Context, out *output, p *pace, name string) error {
	begun := time.Now()
	ticks := time.NewTicker(time.Duration(float64(time.Second) / p.rate))
	defer ticks.Stop()
	over := time.NewTimer(p.duration)
	defer over.Stop()
	var total summary
	for total.End == "" {
		total.Requests++
		result := r.send(context.WithoutCancel(ctx), name, int(total.Requests))
		if result.Code == nil || *result.Code != 0 {
			total.Failed++
		}
		if err := out.line(result); err != nil {
			return err
		}
		total.End = p.next(ctx, ticks.C, over.C, total.Requests)
	}
	total.Summary, total.Seconds = true, time.Since(begun).Seconds()
	return out.line(total)
}

// send signs one transfer and offers it to the node.
func (r *purse) send(ctx context.Context, name string, n int) sent {
	begun := time.Now()
	from := &r.accounts[n%len(r.accounts)]
	what := r.what
	what.memo, what.amount = fmt.Sprintf("%s-%d", name, n), n
	result := sent{T: stamp(begun), Memo: what.memo, Amount: n}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	if err := r.offer(ctx, from, what, &result); err != nil {
		result.Error = err.Error()
	}
	result.Ms = milliseconds(begun)
	return result
}

// offer writes hash and code of a transfer as soon as they are known.
func (r *purse) offer(ctx context.Context, from *account, what transfer, result *sent) error {
	if !from.known {
		if err := r.learn(ctx, from); err != nil {
			return err
		}
	}
	signed, err := from.signed(what)
	if err != nil {
		return err
	}
	result.Hash = fmt.Sprintf("%X", types.Tx(signed).Hash())
	answer, err := r.node.BroadcastTxSync(ctx, signed)
	if err != nil {
		from.known = false // it may or may not have got there
		return err
	}
	result.Code = &answer.Code
	if answer.Code != 0 {
		from.known = !strings.Contains(answer.Log, wrongSequence)
		return errors.New(answer.Log)
	}
	from.sequence++
	return nil
}

// learn asks the chain how far an account is.
func (r *purse) learn(ctx context.Context, a *account) error {
	answer, err := r.node.ABCIQuery(ctx, "/cosmos.auth.v1beta1.Query/AccountInfo", text(1, a.address, nil))
	if err != nil {
		return err
	}
	if answer.Response.Code != 0 {
		return fmt.Errorf("account %s: %s", a.address, answer.Response.Log)
	}
	return a.learn(answer.Response.Value)
}
