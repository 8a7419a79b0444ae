package main

import (
	"net/netip"
	"testing"

	"github.com/mdlayher/netlink"
)

func TestAPacketOfTheKernelIsRead(t *testing.T) {
	ip := make([]byte, 40)
	ip[0] = 0x45
	copy(ip[16:20], []byte{10, 244, 1, 7})
	attributes, err := netlink.MarshalAttributes([]netlink.Attribute{
		{Type: attributeHeader, Data: []byte{0, 0, 1, 2, 8, 0, 3}},
		{Type: attributePayload, Data: ip},
	})
	if err != nil {
		t.Fatal(err)
	}
	packet, err := parse(append([]byte{2, 0, 0, 1}, attributes...))
	if want := (Packet{ID: 258, To: netip.MustParseAddr("10.244.1.7")}); err != nil || packet != want {
		t.Fatalf("got %+v, %v", packet, err)
	}
}

func TestAMessageWithoutAnIdIsRefused(t *testing.T) {
	for _, data := range [][]byte{nil, {2, 0, 0, 1}} {
		if _, err := parse(data); err == nil {
			t.Fatalf("%v was read", data)
		}
	}
}

func TestTheAddressOfASixthVersionPacketIsRead(t *testing.T) {
	ip := make([]byte, 40)
	ip[0], ip[39] = 0x60, 1
	if got := destination(ip); got != netip.MustParseAddr("::1") {
		t.Fatalf("got %s", got)
	}
	if destination([]byte{0x45, 0}).IsValid() {
		t.Fatal("a piece of a packet has an address")
	}
}
