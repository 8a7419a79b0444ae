// Package sr25519 stands in for a kind of key that this chain has none of.
package sr25519

import (
	"errors"
	"io"
)

var errNone = errors.New("this build has no sr25519 keys")

// Transcript is what is signed.
type Transcript struct{}

// SigningContext begins transcripts.
type SigningContext struct{}

// NewSigningContext makes one.
func NewSigningContext([]byte) *SigningContext { return &SigningContext{} }

// NewTranscriptBytes begins a transcript.
func (*SigningContext) NewTranscriptBytes([]byte) *Transcript { return &Transcript{} }

// PublicKey is a public key.
type PublicKey struct{}

// UnmarshalBinary reads one.
func (*PublicKey) UnmarshalBinary([]byte) error { return errNone }

// MarshalBinary writes one.
func (*PublicKey) MarshalBinary() ([]byte, error) { return nil, errNone }

// Verify verifies.
func (*PublicKey) Verify(*Transcript, *Signature) bool { return false }

// Signature is a signature.
type Signature struct{}

// UnmarshalBinary reads one.
func (*Signature) UnmarshalBinary([]byte) error { return errNone }

// MarshalBinary writes one.
func (*Signature) MarshalBinary() ([]byte, error) { return nil, errNone }

// KeyPair is a private key with its public one.
type KeyPair struct{}

// Sign signs.
func (*KeyPair) Sign(io.Reader, *Transcript) (*Signature, error) { return nil, errNone }

// PublicKey is the public half.
func (*KeyPair) PublicKey() *PublicKey { return &PublicKey{} }

// SecretKey is a private key.
type SecretKey struct{}

// KeyPair adds the public one.
func (*SecretKey) KeyPair() *KeyPair { return &KeyPair{} }

// MiniSecretKey is the seed of a key.
type MiniSecretKey [32]byte

// NewMiniSecretKeyFromBytes reads one.
func NewMiniSecretKeyFromBytes([]byte) (*MiniSecretKey, error) { return nil, errNone }

// GenerateMiniSecretKey makes one.
func GenerateMiniSecretKey(io.Reader) (*MiniSecretKey, error) { return nil, errNone }

// ExpandEd25519 makes the key of a seed.
func (*MiniSecretKey) ExpandEd25519() *SecretKey { return &SecretKey{} }

// UnmarshalBinary reads a seed.
func (*MiniSecretKey) UnmarshalBinary([]byte) error { return errNone }

// MarshalBinary writes a seed.
func (m *MiniSecretKey) MarshalBinary() ([]byte, error) { return m[:], nil }

// Equal compares two seeds.
func (m *MiniSecretKey) Equal(other *MiniSecretKey) bool { return *m == *other }

// BatchVerifier verifies many at once.
type BatchVerifier struct{}

// NewBatchVerifier makes one.
func NewBatchVerifier() *BatchVerifier { return &BatchVerifier{} }

// Add adds one.
func (*BatchVerifier) Add(*PublicKey, *Transcript, *Signature) {}

// Verify verifies.
func (*BatchVerifier) Verify(io.Reader) (bool, []bool) { return false, nil }
