package setup

import (
	"path/filepath"
	"strings"
	"testing"
)

func pinned(t *testing.T, signAbove string) Home {
	t.Helper()
	h := validator(t)
	h.Trust = filepath.Join(h.Dir, "trust")
	write(t, filepath.Join(h.Trust, "height"), "40\n")
	write(t, filepath.Join(h.Trust, "hash"), strings.Repeat("AB", 32)+"\n")
	if signAbove != "" {
		write(t, filepath.Join(h.Trust, "sign-above"), signAbove)
	}
	h.Settings = append(h.Settings, write(t, filepath.Join(h.Dir, "sync.toml"),
		"[statesync]\nrpc_servers = [\"http://a:1\", \"http://b:1\"]\ndiscovery_time = \"5s\"\n"))
	return h
}

func TestAPinnedBlockIsWhereARestoreBegins(t *testing.T) {
	h := pinned(t, "52")
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	config := read(t, filepath.Join(h.Dir, "config", "config.toml"))
	for _, line := range []string{"trust_height = 40", `trust_hash = "` + strings.Repeat("AB", 32), `rpc_servers = "http://a:1,http://b:1"`} {
		if !strings.Contains(config, line) {
			t.Errorf("config.toml has no %s", line)
		}
	}
	if state := read(t, filepath.Join(h.Dir, "data", "priv_validator_state.json")); !strings.Contains(state, `"height":"53"`) {
		t.Errorf("it may sign again what it may have signed: %s", state)
	}
}

func TestASigningStateThatIsThereStays(t *testing.T) {
	h := pinned(t, "52")
	state := write(t, filepath.Join(h.Dir, "data", "priv_validator_state.json"), "signed")
	write(t, filepath.Join(h.Dir, "config", "priv_validator_key.json"), "consensus key")
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	if read(t, state) != "signed" {
		t.Fatal("the signing state was replaced")
	}
}

func TestHalfATrustRootIsRefused(t *testing.T) {
	h := pinned(t, "")
	write(t, filepath.Join(h.Trust, "height"), "forty")
	if err := h.Configure(); err == nil || !strings.Contains(err.Error(), "no height") {
		t.Fatalf("got %v", err)
	}
	h = validator(t)
	h.Trust = filepath.Join(h.Dir, "trust")
	write(t, filepath.Join(h.Trust, "height"), "40")
	if err := h.Configure(); err == nil || !strings.Contains(err.Error(), "no hash") {
		t.Fatalf("got %v", err)
	}
}

func TestWithoutAPinnedBlockNothingIsRestored(t *testing.T) {
	h := validator(t)
	h.Trust = filepath.Join(h.Dir, "nothing")
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(read(t, filepath.Join(h.Dir, "config", "config.toml")), "[statesync]\nenable = true") {
		t.Fatal("state sync is on")
	}
}
