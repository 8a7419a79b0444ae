package setup

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"sigs.k8s.io/yaml"
)

const testOnly = "Made from public seeds: whoever can read this repository can sign with these keys. For tests only."

// Testnet says which network the files are made for. The same testnet gives the
// same files, byte for byte: every key comes from the seed and the name.
type Testnet struct {
	ChainID    string
	Seed       string
	Validators int
	FullNodes  int
	Accounts   int
	Genesis    time.Time
	// Ballast is how many bytes of state the genesis asks the application for.
	Ballast int64
	// Prefix begins the names of the objects, for a second network beside the first.
	Prefix string
}

// identity is a node's two keys.
type identity struct {
	name      string
	service   string
	node      ed25519.PrivKey
	consensus ed25519.PrivKey
}

func (t Testnet) identities(service string, count int) []identity {
	all := make([]identity, count)
	for i := range all {
		name := fmt.Sprintf("%s-%d", service, i)
		all[i] = identity{
			name: name, service: service,
			node:      ed25519.GenPrivKeyFromSecret([]byte(t.Seed + "/node/" + name)),
			consensus: ed25519.GenPrivKeyFromSecret([]byte(t.Seed + "/consensus/" + name)),
		}
	}
	return all
}

// Write makes the manifests that all nodes of the testnet share.
func (t Testnet) Write(folder string, encoding Encoding) error {
	validators := t.identities(t.Prefix+"validator", t.Validators)
	full := t.identities(t.Prefix+"full", t.FullNodes)
	genesis, err := t.genesis(validators, encoding)
	if err != nil {
		return err
	}
	validatorKeys, err := keyFiles(validators, true)
	if err != nil {
		return err
	}
	fullKeys, err := keyFiles(full, false)
	if err != nil {
		return err
	}
	manifests := map[string][]object{
		"genesis.yaml": {
			configMap(t.Prefix+"genesis", map[string]string{"genesis.json": string(genesis)}),
		},
		"genesis-hash.yaml": {
			configMap(t.Prefix+"genesis-hash", map[string]string{"sha256": hash(genesis)}),
		},
		"identities.yaml": {
			secret(t.Prefix+"validator-keys", validatorKeys),
			secret(t.Prefix+"full-keys", fullKeys),
			secret(t.Prefix+"load-accounts", map[string]string{"seed": t.Seed}),
			configMap(t.Prefix+"peers", map[string]string{
				"peers": peerList(append(validators, full...)),
				"entry": peerList(append(full, validators[:min(2, len(validators))]...)),
			}),
		},
	}
	for name, objects := range manifests {
		if err := writeManifest(filepath.Join(folder, name), objects); err != nil {
			return err
		}
	}
	return nil
}

func keyFiles(identities []identity, sign bool) (map[string]string, error) {
	files := map[string]string{}
	for _, id := range identities {
		node, err := cmtjson.Marshal(p2p.NodeKey{PrivKey: id.node})
		if err != nil {
			return nil, err
		}
		files[id.name+".node_key.json"] = string(node)
		if !sign {
			continue
		}
		key, err := cmtjson.MarshalIndent(privval.FilePVKey{
			Address: id.consensus.PubKey().Address(), PubKey: id.consensus.PubKey(), PrivKey: id.consensus,
		}, "", "  ")
		if err != nil {
			return nil, err
		}
		files[id.name+".priv_validator_key.json"] = string(key)
	}
	return files, nil
}

func peerList(identities []identity) string {
	list := ""
	for _, id := range identities {
		list += fmt.Sprintf("%s@%s.%s:26656\n", p2p.PubKeyToID(id.node.PubKey()), id.name, id.service)
	}
	return list
}

// object is as much of a Kubernetes object as these manifests need.
type object struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metadata          `json:"metadata"`
	Data       map[string]string `json:"data,omitempty"`
	StringData map[string]string `json:"stringData,omitempty"`
}

type metadata struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

var labels = map[string]string{"app.kubernetes.io/name": "reference-chain"}

func configMap(name string, data map[string]string) object {
	return object{APIVersion: "v1", Kind: "ConfigMap", Metadata: metadata{Name: name, Labels: labels}, Data: data}
}

func secret(name string, data map[string]string) object {
	notes := map[string]string{"roadmap.local/warning": testOnly}
	return object{
		APIVersion: "v1", Kind: "Secret", StringData: data,
		Metadata: metadata{Name: name, Labels: labels, Annotations: notes},
	}
}

func writeManifest(path string, objects []object) error {
	content := []byte("# Made by `roadmapd testnet-files`; do not edit.\n")
	for i, o := range objects {
		plain, err := json.Marshal(o)
		if err != nil {
			return err
		}
		text, err := yaml.JSONToYAML(plain)
		if err != nil {
			return err
		}
		if i > 0 {
			content = append(content, "---\n"...)
		}
		content = append(content, text...)
	}
	return os.WriteFile(path, content, 0o644)
}
