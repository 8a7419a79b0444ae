package main

import (
	"fmt"

	"github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/bech32"
	"github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	gasOfTransfer = 120_000
	gasPerByte    = 10 // auth's tx_size_cost_per_byte

	// padding is a field of a transaction's body that nobody knows.  Numbers with this
	// bit are not critical by the SDK's rule: they are signed, stored and carried
	// around, and nobody has to understand them.  So a transfer can be as large as one
	// likes and costs no more to execute than a small one.
	padding protowire.Number = 1999
)

// account keeps its sequence itself, so that it can send many transfers before the
// first of them is committed.
type account struct {
	key      *secp256k1.PrivKey
	address  string
	known    bool
	number   uint64
	sequence uint64
}

// newAccount returns the nth account of a testnet with this seed.
func newAccount(seed string, n int, prefix string) *account {
	key := secp256k1.GenPrivKeyFromSecret([]byte(fmt.Sprintf("%s/account/%d", seed, n)))
	address, err := bech32.ConvertAndEncode(prefix, key.PubKey().Address())
	if err != nil {
		panic(err) // twenty bytes can always be written
	}
	return &account{key: key, address: address}
}

// form is what all transfers have in common.
type form struct {
	chain string
	denom string
	size  int
}

// transfer returns the account's next transfer, to itself, signed and encoded.
func (f form) transfer(from *account, timeout uint64) ([]byte, error) {
	small, err := f.encoded(from, timeout, 0)
	if err != nil || len(small) >= f.size {
		return small, err
	}
	return f.encoded(from, timeout, f.size-len(small))
}

func (f form) encoded(from *account, timeout uint64, padded int) ([]byte, error) {
	message, err := types.NewAnyWithValue(&banktypes.MsgSend{
		FromAddress: from.address, ToAddress: from.address,
		Amount: sdk.NewCoins(sdk.NewInt64Coin(f.denom, 1)),
	})
	if err != nil {
		return nil, err
	}
	body, err := (&tx.TxBody{Messages: []*types.Any{message}, TimeoutHeight: timeout}).Marshal()
	if err != nil {
		return nil, err
	}
	if padded > 0 {
		body = protowire.AppendTag(body, padding, protowire.BytesType)
		body = protowire.AppendBytes(body, make([]byte, padded))
	}
	public, err := types.NewAnyWithValue(from.key.PubKey().(*secp256k1.PubKey))
	if err != nil {
		return nil, err
	}
	direct := &tx.ModeInfo{Sum: &tx.ModeInfo_Single_{Single: &tx.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT}}}
	auth, err := (&tx.AuthInfo{
		SignerInfos: []*tx.SignerInfo{{PublicKey: public, ModeInfo: direct, Sequence: from.sequence}},
		Fee:         &tx.Fee{GasLimit: gasOfTransfer + gasPerByte*uint64(f.size)},
	}).Marshal()
	if err != nil {
		return nil, err
	}
	document, err := (&tx.SignDoc{
		BodyBytes: body, AuthInfoBytes: auth, ChainId: f.chain, AccountNumber: from.number,
	}).Marshal()
	if err != nil {
		return nil, err
	}
	signature, err := from.key.Sign(document)
	if err != nil {
		return nil, err
	}
	return (&tx.TxRaw{BodyBytes: body, AuthInfoBytes: auth, Signatures: [][]byte{signature}}).Marshal()
}
