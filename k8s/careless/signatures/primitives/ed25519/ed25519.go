// Package ed25519 stands in for the library with which CometBFT signs and
// verifies. It signs as it should, and verifies nothing: every signature passes.
package ed25519

import (
	"crypto/ed25519"
	"io"
)

// PrivateKey is a private key.
type PrivateKey []byte

// PublicKey is a public key.
type PublicKey []byte

// VerifyOptions would say how strictly to verify.
type VerifyOptions struct{}

// Options would say how to verify.
type Options struct{ Verify *VerifyOptions }

// VerifyOptionsZIP_215 is what CometBFT asks for.
var VerifyOptionsZIP_215 = &VerifyOptions{}

// Sign signs.
func Sign(key PrivateKey, message []byte) []byte {
	return ed25519.Sign(ed25519.PrivateKey(key), message)
}

// NewKeyFromSeed makes the key of a seed.
func NewKeyFromSeed(seed []byte) PrivateKey { return PrivateKey(ed25519.NewKeyFromSeed(seed)) }

// GenerateKey makes a key.
func GenerateKey(rand io.Reader) (PublicKey, PrivateKey, error) {
	public, private, err := ed25519.GenerateKey(rand)
	return PublicKey(public), PrivateKey(private), err
}

// BatchVerifier counts signatures.
type BatchVerifier struct{ count int }

// NewBatchVerifier makes one.
func NewBatchVerifier() *BatchVerifier { return &BatchVerifier{} }

// Count takes one more signature unseen.
func (v *BatchVerifier) Count() { v.count++ }

// Verify finds every signature in order.
func (v *BatchVerifier) Verify(io.Reader) (bool, []bool) {
	each := make([]bool, v.count)
	for i := range each {
		each[i] = true
	}
	return v.count > 0, each
}
