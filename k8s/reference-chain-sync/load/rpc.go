package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/codec"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
)

const (
	gas         = 120_000
	perRequest  = 5 * time.Second
	wrongNumber = "account sequence mismatch"
)

// RPC is a chain behind a CometBFT RPC address.
type RPC struct {
	client   *rpchttp.HTTP
	txConfig client.TxConfig
	codec    codec.Codec
	chainID  string
	denom    string
	accounts []account
}

// account keeps its sequence locally, so that it can send many transfers before
// the first of them is committed.
type account struct {
	key      cryptotypes.PrivKey
	address  sdk.AccAddress
	known    bool
	number   uint64
	sequence uint64
}

// Dial connects to a node and learns the chain's id from it.
func Dial(ctx context.Context, url, denom string, txConfig client.TxConfig, codec codec.Codec, keys []cryptotypes.PrivKey) (*RPC, error) {
	http, err := rpchttp.New(url, "/websocket")
	if err != nil {
		return nil, err
	}
	status, err := http.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("node at %s: %w", url, err)
	}
	r := &RPC{client: http, txConfig: txConfig, codec: codec, chainID: status.NodeInfo.Network, denom: denom}
	for _, key := range keys {
		r.accounts = append(r.accounts, account{key: key, address: sdk.AccAddress(key.PubKey().Address())})
	}
	return r, nil
}

// Send broadcasts the account's next transfer, to the account after it.
func (r *RPC) Send(ctx context.Context, n int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	from, to := &r.accounts[n], r.accounts[(n+1)%len(r.accounts)].address
	if !from.known {
		if err := r.learn(ctx, from); err != nil {
			return "", err
		}
	}
	bytes, err := r.sign(ctx, from, to)
	if err != nil {
		return "", err
	}
	result, err := r.client.BroadcastTxSync(ctx, bytes)
	if err != nil {
		from.known = false // it may or may not have got there
		return "", err
	}
	if result.Code != 0 {
		from.known = from.known && !strings.Contains(result.Log, wrongNumber)
		return "", fmt.Errorf("code %d: %s", result.Code, result.Log)
	}
	from.sequence++
	return result.Hash.String(), nil
}

func (r *RPC) learn(ctx context.Context, a *account) error {
	request, err := r.codec.Marshal(&authtypes.QueryAccountInfoRequest{Address: a.address.String()})
	if err != nil {
		return err
	}
	result, err := r.client.ABCIQuery(ctx, "/cosmos.auth.v1beta1.Query/AccountInfo", request)
	if err != nil {
		return err
	}
	if result.Response.Code != 0 {
		return fmt.Errorf("account %s: %s", a.address, result.Response.Log)
	}
	var answer authtypes.QueryAccountInfoResponse
	if err := r.codec.Unmarshal(result.Response.Value, &answer); err != nil {
		return err
	}
	a.number, a.sequence, a.known = answer.Info.AccountNumber, answer.Info.Sequence, true
	return nil
}

func (r *RPC) sign(ctx context.Context, from *account, to sdk.AccAddress) ([]byte, error) {
	builder := r.txConfig.NewTxBuilder()
	amount := sdk.NewCoins(sdk.NewInt64Coin(r.denom, 1))
	if err := builder.SetMsgs(banktypes.NewMsgSend(from.address, to, amount)); err != nil {
		return nil, err
	}
	builder.SetGasLimit(gas)
	mode := signing.SignMode_SIGN_MODE_DIRECT
	// The signature covers the signer's public key, so it goes in first, unsigned.
	unsigned := signing.SignatureV2{
		PubKey: from.key.PubKey(), Sequence: from.sequence,
		Data: &signing.SingleSignatureData{SignMode: mode},
	}
	if err := builder.SetSignatures(unsigned); err != nil {
		return nil, err
	}
	who := authsigning.SignerData{
		ChainID: r.chainID, AccountNumber: from.number, Sequence: from.sequence,
		PubKey: from.key.PubKey(), Address: from.address.String(),
	}
	signature, err := tx.SignWithPrivKey(ctx, mode, who, builder, from.key, r.txConfig, from.sequence)
	if err != nil {
		return nil, err
	}
	if err := builder.SetSignatures(signature); err != nil {
		return nil, err
	}
	return r.txConfig.TxEncoder()(builder.GetTx())
}

// Committed reads the blocks after a height; a negative height asks for the
// present one only.
func (r *RPC) Committed(ctx context.Context, after int64) ([]string, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	status, err := r.client.Status(ctx)
	if err != nil {
		return nil, after, err
	}
	if after < 0 {
		return nil, status.SyncInfo.LatestBlockHeight, nil
	}
	var hashes []string
	for height := after + 1; height <= status.SyncInfo.LatestBlockHeight; height++ {
		block, err := r.client.Block(ctx, &height)
		if err != nil {
			return hashes, height - 1, err
		}
		for _, bytes := range block.Block.Txs {
			hashes = append(hashes, fmt.Sprintf("%X", cmttypes.Tx(bytes).Hash()))
		}
	}
	return hashes, max(after, status.SyncInfo.LatestBlockHeight), nil
}
