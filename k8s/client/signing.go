package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cometbft/cometbft/crypto/secp256k1"
)

// A transaction of the Cosmos SDK, written field by field: the SDK itself would make the
// client ten times as large.

// gas is more than a transfer with a memo takes.
const gas = 150_000

// account is a sender: its key, and how far it is.
type account struct {
	key      secp256k1.PrivKey
	address  string
	known    bool // number and sequence are the chain's
	number   uint64
	sequence uint64
}

// newAccount makes the nth account of a seed, as the target's test accounts are made.
func newAccount(seed, prefix string, n int) account {
	key := secp256k1.GenPrivKeySecp256k1([]byte(fmt.Sprintf("%s/account/%d", seed, n)))
	return account{key: key, address: bech32(prefix, key.PubKey().Address())}
}

// transfer is what is signed.
type transfer struct {
	to      string
	amount  int
	denom   string
	memo    string
	chainID string
}

// signed returns the bytes of a transaction that moves an amount.
func (a *account) signed(t transfer) ([]byte, error) {
	coin := text(1, t.denom, text(2, fmt.Sprint(t.amount), nil))
	message := text(1, a.address, text(2, t.to, part(3, coin, nil)))
	body := part(1, wrapped("/cosmos.bank.v1beta1.MsgSend", message), text(2, t.memo, nil))
	key := wrapped("/cosmos.crypto.secp256k1.PubKey", part(1, a.key.PubKey().Bytes(), nil))
	direct := part(1, number(1, 1, nil), nil)
	signer := part(1, key, part(2, direct, number(3, a.sequence, nil)))
	auth := part(1, signer, part(2, number(2, gas, nil), nil))
	document := part(1, body, part(2, auth, text(3, t.chainID, number(4, a.number, nil))))
	signature, err := a.key.Sign(document)
	if err != nil {
		return nil, err
	}
	return part(1, body, part(2, auth, part(3, signature, nil))), nil
}

// learn takes number and sequence from the answer of cosmos.auth.v1beta1.Query/AccountInfo.
func (a *account) learn(answer []byte) error {
	info, _, err := field(answer, 1)
	if err != nil {
		return fmt.Errorf("account %s: %w", a.address, err)
	}
	if _, a.number, err = field(info, 3); err != nil {
		return err
	}
	if _, a.sequence, err = field(info, 4); err != nil {
		return err
	}
	a.known = true
	return nil
}

// part, text and number return a field of a message, followed by the rest of it.  As
// the encoding wants, an empty text and a zero are left out.

func part(place int, content, rest []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(place)<<3|2)
	out = binary.AppendUvarint(out, uint64(len(content)))
	return append(append(out, content...), rest...)
}

func text(place int, content string, rest []byte) []byte {
	if content == "" {
		return rest
	}
	return part(place, []byte(content), rest)
}

func number(place int, value uint64, rest []byte) []byte {
	if value == 0 {
		return rest
	}
	out := binary.AppendUvarint(nil, uint64(place)<<3)
	return append(binary.AppendUvarint(out, value), rest...)
}

// wrapped returns an Any.
func wrapped(kind string, message []byte) []byte {
	return text(1, kind, part(2, message, nil))
}

var errMessage = errors.New("the answer is no message that we know")

// field returns a message's field by its place: its bytes, or its number; nothing and
// zero where it is left out.
func field(message []byte, wanted uint64) ([]byte, uint64, error) {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return nil, 0, errMessage
		}
		value, m := binary.Uvarint(message[n:])
		if m <= 0 || tag&7 != 0 && tag&7 != 2 {
			return nil, 0, errMessage
		}
		message = message[n+m:]
		if tag&7 == 0 {
			if tag>>3 == wanted {
				return nil, value, nil
			}
			continue
		}
		if uint64(len(message)) < value {
			return nil, 0, errMessage
		}
		if tag>>3 == wanted {
			return message[:value], 0, nil
		}
		message = message[value:]
	}
	return nil, 0, nil
}

const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 writes an address as BIP 173 does.
func bech32(prefix string, data []byte) string {
	var fives []byte
	rest, bits := 0, 0
	for _, b := range data {
		rest, bits = rest<<8|int(b), bits+8
		for bits >= 5 {
			bits -= 5
			fives = append(fives, byte(rest>>bits&31))
		}
	}
	if bits > 0 {
		fives = append(fives, byte(rest<<(5-bits)&31))
	}
	var checked []byte
	for _, c := range []byte(prefix) {
		checked = append(checked, c>>5)
	}
	checked = append(checked, 0)
	for _, c := range []byte(prefix) {
		checked = append(checked, c&31)
	}
	sum := polymod(append(append(checked, fives...), 0, 0, 0, 0, 0, 0)) ^ 1
	for i := range 6 {
		fives = append(fives, byte(sum>>(5*(5-i))&31))
	}
	out := []byte(prefix + "1")
	for _, five := range fives {
		out = append(out, letters[five])
	}
	return string(out)
}

// polymod is BIP 173's checksum.
func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, value := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(value)
		for i, generator := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	return sum
}
