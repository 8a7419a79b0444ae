package node

import (
	"fmt"
	"reflect"
	"time"
	"unsafe"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
)

// applyTimeouts gives the switch's transport the node's own dial_timeout and
// handshake_timeout. CometBFT 0.38 reads both settings and applies neither: its
// transport keeps the built-in second to dial and three to shake hands, so that no
// connection can be made where a message takes a second.
func applyTimeouts(sw *p2p.Switch, config *cmtcfg.P2PConfig) error {
	for name, value := range map[string]time.Duration{
		"dialTimeout": config.DialTimeout, "handshakeTimeout": config.HandshakeTimeout,
	} {
		field, err := transportField(sw, name)
		if err != nil {
			return err
		}
		*field = value
	}
	return nil
}

// transportField is a duration of a switch's transport, which CometBFT has no
// option for.
func transportField(sw *p2p.Switch, name string) (*time.Duration, error) {
	transport := reflect.ValueOf(sw).Elem().FieldByName("transport")
	if !transport.IsValid() || transport.Kind() != reflect.Interface || transport.Elem().Kind() != reflect.Pointer {
		return nil, fmt.Errorf("p2p.Switch of this CometBFT has no transport to set %s of", name)
	}
	field := transport.Elem().Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[time.Duration]() {
		return nil, fmt.Errorf("the transport of this CometBFT has no %s", name)
	}
	return (*time.Duration)(unsafe.Pointer(field.UnsafeAddr())), nil
}
