module github.com/oasisprotocol/curve25519-voi

go 1.25.0

require github.com/gtank/merlin v0.1.1

require github.com/mimoo/StrobeGo v0.0.0-20181016162300-f8f6d4d2b643 // indirect
