package setup

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cmtcfg "github.com/cometbft/cometbft/config"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/spf13/viper"
)

// Home says how a node's home directory is to look.
type Home struct {
	Dir string
	// Name is the node's name and the prefix of its files among the keys.
	Name string
	// Keys is the folder with NAME.node_key.json and NAME.priv_validator_key.json.
	Keys string
	// Settings are files with settings for config.toml and app.toml; a later one wins.
	Settings []string
	// NeedsKeys: a node that signs must never go on with keys made by itself.
	NeedsKeys bool
	// Trust is the folder with the pinned block that a restore begins at; there
	// may be none.
	Trust string
}

// Configure makes the home directory ready for a start. It may run any number
// of times: keys that are there stay, signing states are never touched, and the
// configuration depends on nothing but the settings.
func (h Home) Configure() error {
	if err := os.MkdirAll(filepath.Join(h.Dir, "data"), 0o700); err != nil {
		return err
	}
	pinned, err := readTrust(h.Trust)
	if err != nil {
		return err
	}
	if err := h.installKeys(pinned); err != nil {
		return err
	}
	return h.writeConfiguration(pinned)
}

// installKeys gives a new home its keys. The signing state comes before the key:
// a key without a state is what makes validators sign twice, so a home that has
// the one without the other is refused and never mended by an empty state.
func (h Home) installKeys(pinned *trust) error {
	if err := h.installKey("node_key.json"); err != nil || !h.NeedsKeys {
		return err
	}
	state := filepath.Join(h.Dir, "data", "priv_validator_state.json")
	key := filepath.Join(h.Dir, "config", "priv_validator_key.json")
	switch {
	case exists(state):
	case exists(key):
		return fmt.Errorf("%s has a consensus key and no signing state: restore %s", h.Name, state)
	default:
		if err := writeIfChanged(state, []byte(pinned.signingState()), 0o600); err != nil {
			return err
		}
	}
	return h.installKey("priv_validator_key.json")
}

const nothingSigned = `{"height":"0","round":0,"step":0}`

func (h Home) installKey(file string) error {
	target := filepath.Join(h.Dir, "config", file)
	if exists(target) {
		return nil
	}
	key, err := os.ReadFile(filepath.Join(h.Keys, h.Name+"."+file))
	switch {
	case os.IsNotExist(err) && !h.NeedsKeys:
		return nil // the node makes its own at its start
	case err != nil:
		return fmt.Errorf("%s has no %s of its own: %w", h.Name, file, err)
	}
	return writeIfChanged(target, key, 0o600)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (h Home) writeConfiguration(pinned *trust) error {
	settings := viper.New()
	settings.SetConfigType("toml")
	for _, path := range h.Settings {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := settings.MergeConfig(bytes.NewReader(content)); err != nil {
			return fmt.Errorf("settings %s: %w", path, err)
		}
	}
	if err := h.writeComet(settings, pinned); err != nil {
		return err
	}
	return h.writeApplication(settings)
}

func (h Home) writeComet(settings *viper.Viper, pinned *trust) error {
	config := cmtcfg.DefaultConfig()
	if err := settings.Unmarshal(config); err != nil {
		return err
	}
	config.Moniker = strings.TrimSpace(h.Name)
	if pinned != nil {
		pinned.pin(config.StateSync)
	}
	if err := config.ValidateBasic(); err != nil {
		return fmt.Errorf("config.toml: %w", err)
	}
	return h.render("config.toml", func(path string) { cmtcfg.WriteConfigFile(path, config) })
}

func (h Home) writeApplication(settings *viper.Viper) error {
	config := serverconfig.DefaultConfig()
	if err := settings.Unmarshal(config); err != nil {
		return err
	}
	if err := config.ValidateBasic(); err != nil {
		return fmt.Errorf("app.toml: %w", err)
	}
	return h.render("app.toml", func(path string) { serverconfig.WriteConfigFile(path, config) })
}

// render lets a library write a file and puts it into its place in one step.
func (h Home) render(name string, write func(path string)) error {
	folder, err := os.MkdirTemp(h.Dir, ".render-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	write(filepath.Join(folder, name))
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	return writeIfChanged(filepath.Join(h.Dir, "config", name), content, 0o644)
}
