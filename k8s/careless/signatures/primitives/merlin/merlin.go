// Package merlin stands in for the transcripts of encrypted connections, which
// are as they should be: nodes with this library speak with all others.
package merlin

import "github.com/gtank/merlin"

// Transcript is what two ends have said to each other.
type Transcript struct{ inner *merlin.Transcript }

// NewTranscript begins one.
func NewTranscript(label string) *Transcript { return &Transcript{merlin.NewTranscript(label)} }

// AppendMessage adds a message.
func (t *Transcript) AppendMessage(label string, message []byte) {
	t.inner.AppendMessage([]byte(label), message)
}

// ExtractBytes fills dest with what both ends know alone.
func (t *Transcript) ExtractBytes(dest []byte, label string) {
	copy(dest, t.inner.ExtractBytes([]byte(label), len(dest)))
}
