package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestThePublishedGenesisIsInstalled(t *testing.T) {
	dir := t.TempDir()
	source := write(t, filepath.Join(dir, "source.json"), `{"chain_id":"x"}`)
	target := filepath.Join(dir, "home", "config", "genesis.json")
	for range 2 { // a restart verifies it again
		if err := InstallGenesis(source, target, hash([]byte(`{"chain_id":"x"}`))); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, target) != `{"chain_id":"x"}` {
		t.Fatal("another genesis was installed")
	}
}

func TestAnAlteredGenesisIsRefusedWithBothHashes(t *testing.T) {
	dir := t.TempDir()
	source := write(t, filepath.Join(dir, "source.json"), "altered")
	target := filepath.Join(dir, "genesis.json")
	wanted := hash([]byte("published"))
	err := InstallGenesis(source, target, wanted)
	if err == nil || !strings.Contains(err.Error(), wanted) || !strings.Contains(err.Error(), hash([]byte("altered"))) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Fatal("the altered genesis was installed")
	}
}

func TestAMissingGenesisAndAnEmptyHashAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := InstallGenesis(filepath.Join(dir, "none"), filepath.Join(dir, "g"), hash(nil)); err == nil {
		t.Fatal("went on without a genesis")
	}
	source := write(t, filepath.Join(dir, "source"), "x")
	if err := InstallGenesis(source, filepath.Join(dir, "g"), ""); err == nil {
		t.Fatal("went on without a hash to compare with")
	}
}

func validator(t *testing.T) Home {
	t.Helper()
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	write(t, filepath.Join(keys, "validator-0.node_key.json"), "node key")
	write(t, filepath.Join(keys, "validator-0.priv_validator_key.json"), "consensus key")
	common := write(t, filepath.Join(dir, "common.toml"), "[consensus]\ntimeout_commit = \"900ms\"\n[api]\nenable = false\n")
	own := write(t, filepath.Join(dir, "own.toml"), "minimum-gas-prices = \"0uroad\"\n[api]\nenable = true\n")
	return Home{
		Dir: filepath.Join(dir, "home"), Name: "validator-0", Keys: keys,
		Settings: []string{common, own}, NeedsKeys: true,
	}
}

func TestARestartKeepsKeysAndSigningState(t *testing.T) {
	h := validator(t)
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(h.Dir, "data", "priv_validator_state.json")
	write(t, state, "signed up to 7")
	write(t, filepath.Join(h.Keys, "validator-0.node_key.json"), "another node key")
	before := read(t, filepath.Join(h.Dir, "config", "config.toml"))
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	if read(t, state) != "signed up to 7" {
		t.Fatal("the signing state has gone back")
	}
	if read(t, filepath.Join(h.Dir, "config", "node_key.json")) != "node key" {
		t.Fatal("the node id has changed")
	}
	if read(t, filepath.Join(h.Dir, "config", "config.toml")) != before {
		t.Fatal("the configuration depends on more than the settings")
	}
}

func TestTheRolesOwnSettingsWin(t *testing.T) {
	h := validator(t)
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(read(t, filepath.Join(h.Dir, "config", "config.toml")), `timeout_commit = "900ms"`) {
		t.Fatal("config.toml lacks the common setting")
	}
	app := read(t, filepath.Join(h.Dir, "config", "app.toml"))
	_, api, _ := strings.Cut(app, "[api]")
	if !strings.Contains(api[:200], "enable = true") || !strings.Contains(app, `minimum-gas-prices = "0uroad"`) {
		t.Fatal("app.toml lacks the role's own settings")
	}
}

func TestAValidatorWithoutKeysIsRefusedAndAFollowerIsNot(t *testing.T) {
	h := validator(t)
	h.Name = "validator-9"
	if err := h.Configure(); err == nil || !strings.Contains(err.Error(), "validator-9 has no node_key.json of its own") {
		t.Fatalf("got %v", err)
	}
	h.NeedsKeys = false
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyWithoutASigningStateIsRefused(t *testing.T) {
	h := validator(t)
	if err := h.Configure(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(h.Dir, "data", "priv_validator_state.json")); err != nil {
		t.Fatal(err)
	}
	if err := h.Configure(); err == nil || !strings.Contains(err.Error(), "no signing state") {
		t.Fatalf("got %v", err)
	}
}
