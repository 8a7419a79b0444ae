//go:build tools

// Package tools names the commands of this image, so that go.mod keeps their modules.
package tools

import (
	_ "github.com/rancher/local-path-provisioner"
)
