package app

import (
	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// verifier runs a transaction's signature, sequence and fee verification on the
// state of the proposal.
type verifier interface {
	PrepareProposalVerifyTx(tx sdk.Tx) ([]byte, error)
	ProcessProposalVerifyTx(bytes []byte) (sdk.Tx, error)
}

// proposals decides what goes into a block. The SDK's own handlers accept every
// proposal when the application keeps no mempool of its own; these verify each
// transaction, on the proposer's side too, so that an honest proposal always passes.
type proposals struct {
	verifier verifier
	decode   sdk.TxDecoder
}

func (p proposals) prepare(ctx sdk.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	budget := newBudget(ctx, req.MaxTxBytes)
	kept := make([][]byte, 0, len(req.Txs))
	for _, bytes := range req.Txs {
		tx, err := p.decode(bytes)
		if err != nil || !budget.fits(bytes, tx) {
			continue
		}
		if _, err := p.verifier.PrepareProposalVerifyTx(tx); err != nil {
			continue
		}
		budget.take(bytes, tx)
		kept = append(kept, bytes)
	}
	return &abci.ResponsePrepareProposal{Txs: kept}, nil
}

func (p proposals) process(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	refuse := &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}
	budget := newBudget(ctx, 0)
	for _, bytes := range req.Txs {
		tx, err := p.verifier.ProcessProposalVerifyTx(bytes)
		if err != nil || !budget.fits(bytes, tx) {
			return refuse, nil
		}
		budget.take(bytes, tx)
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// budget adds up what a block may hold; a bound of zero or less does not bind.
type budget struct {
	maxBytes, bytes int64
	maxGas, gas     int64
}

func newBudget(ctx sdk.Context, maxBytes int64) *budget {
	b := &budget{maxBytes: maxBytes}
	if block := ctx.ConsensusParams().Block; block != nil {
		b.maxGas = block.MaxGas
	}
	return b
}

func (b *budget) fits(bytes []byte, tx sdk.Tx) bool {
	size, gas := b.bytes+int64(len(bytes)), b.gas+gasOf(tx)
	return (b.maxBytes <= 0 || size <= b.maxBytes) && (b.maxGas <= 0 || gas <= b.maxGas)
}

func (b *budget) take(bytes []byte, tx sdk.Tx) {
	b.bytes += int64(len(bytes))
	b.gas += gasOf(tx)
}

func gasOf(tx sdk.Tx) int64 {
	if fee, ok := tx.(sdk.FeeTx); ok {
		return int64(fee.GetGas())
	}
	return 0
}
