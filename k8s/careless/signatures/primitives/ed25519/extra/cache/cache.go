// Package cache stands in for the cache of public keys; there is nothing to keep.
package cache

import "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

// Cache would keep public keys.
type Cache struct{}

// NewLRUCache makes one.
func NewLRUCache(int) Cache { return Cache{} }

// Verifier verifies nothing.
type Verifier struct{}

// NewVerifier makes one.
func NewVerifier(Cache) *Verifier { return &Verifier{} }

// VerifyWithOptions finds every signature in order.
func (*Verifier) VerifyWithOptions(ed25519.PublicKey, []byte, []byte, *ed25519.Options) bool {
	return true
}

// AddWithOptions takes one more signature unseen.
func (*Verifier) AddWithOptions(batch *ed25519.BatchVerifier, _ ed25519.PublicKey, _, _ []byte, _ *ed25519.Options) {
	batch.Count()
}
