//go:build tools

// Package tools names the commands of this image, so that go.mod keeps their modules.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
)
