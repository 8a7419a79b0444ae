package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The kernel's protocol, linux/netfilter/nfnetlink_queue.h.
const (
	subsystem = unix.NFNL_SUBSYS_QUEUE << 8

	messagePacket  = subsystem | 0
	messageVerdict = subsystem | 1
	messageConfig  = subsystem | 2

	attributeHeader  = 1
	attributeVerdict = 2
	attributePayload = 10

	configCommand  = 1
	configParams   = 2
	configMostHeld = 3
	configMask     = 4
	configFlags    = 5

	commandBind = 1
	copyPacket  = 2

	flagFailOpen = 1 // a full queue lets packets pass
	flagWhole    = 4 // large packets are not cut up for us

	verdictDrop   = 0
	verdictAccept = 1
)

const (
	mostHeld = 65_536
	enough   = 40 // bytes of a packet: the IP header with its addresses
	buffer   = 8 << 20
)

// Queue is one NFQUEUE of the network namespace.
type Queue struct {
	socket *netlink.Conn
	number uint16
}

// Open takes a queue over; nobody else may have it.
func Open(number uint16) (*Queue, error) {
	socket, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, err
	}
	queue := &Queue{socket: socket, number: number}
	if err := queue.configure(); err != nil {
		socket.Close()
		return nil, fmt.Errorf("queue %d: %w", number, err)
	}
	return queue, nil
}

func (q *Queue) configure() error {
	// Packets that do not fit would be lost unseen.
	if err := q.socket.SetReadBuffer(buffer); err != nil {
		return err
	}
	flags := big32(flagFailOpen | flagWhole)
	for _, attributes := range [][]netlink.Attribute{
		{{Type: configCommand, Data: []byte{commandBind, 0, 0, 0}}},
		{{Type: configMostHeld, Data: big32(mostHeld)}},
		{{Type: configMask, Data: flags}, {Type: configFlags, Data: flags}},
		{{Type: configParams, Data: append(big32(enough), copyPacket)}},
	} {
		message, err := q.message(messageConfig, netlink.Request|netlink.Acknowledge, attributes)
		if err != nil {
			return err
		}
		if _, err := q.socket.Execute(message); err != nil {
			return err
		}
	}
	return nil
}

// Read hands each packet over as it comes, until the queue is closed.
func (q *Queue) Read(take func(Packet)) error {
	for {
		messages, err := q.socket.Receive()
		if errors.Is(err, unix.ENOBUFS) {
			continue // some were lost; their senders send them again
		}
		if err != nil {
			return err
		}
		for _, message := range messages {
			if message.Header.Type != messagePacket {
				continue
			}
			packet, err := parse(message.Data)
			if err != nil {
				return err
			}
			take(packet)
		}
	}
}

// Verdict tells the kernel what becomes of a packet.
func (q *Queue) Verdict(id uint32, pass bool) error {
	said := uint32(verdictDrop)
	if pass {
		said = verdictAccept
	}
	data := append(big32(said), big32(id)...)
	message, err := q.message(messageVerdict, netlink.Request, []netlink.Attribute{{Type: attributeVerdict, Data: data}})
	if err != nil {
		return err
	}
	_, err = q.socket.Send(message)
	return err
}

// Close gives the queue back; what is still held in it is lost.
func (q *Queue) Close() error { return q.socket.Close() }

func (q *Queue) message(kind netlink.HeaderType, flags netlink.HeaderFlags, attributes []netlink.Attribute) (netlink.Message, error) {
	data, err := netlink.MarshalAttributes(attributes)
	header := []byte{unix.AF_UNSPEC, unix.NFNETLINK_V0, byte(q.number >> 8), byte(q.number)}
	return netlink.Message{
		Header: netlink.Header{Type: kind, Flags: flags},
		Data:   append(header, data...),
	}, err
}

const netfilterHeader = 4

func parse(data []byte) (Packet, error) {
	if len(data) < netfilterHeader {
		return Packet{}, errors.New("a message without a header")
	}
	attributes, err := netlink.UnmarshalAttributes(data[netfilterHeader:])
	if err != nil {
		return Packet{}, err
	}
	var packet Packet
	known := false
	for _, attribute := range attributes {
		switch attribute.Type {
		case attributeHeader:
			if len(attribute.Data) >= 4 {
				packet.ID, known = binary.BigEndian.Uint32(attribute.Data), true
			}
		case attributePayload:
			packet.To = destination(attribute.Data)
		}
	}
	if !known {
		return Packet{}, errors.New("a packet without an id")
	}
	return packet, nil
}

// destination returns the address that an IP packet goes to, if it is one.
func destination(payload []byte) netip.Addr {
	var bytes []byte
	switch {
	case len(payload) >= 20 && payload[0]>>4 == 4:
		bytes = payload[16:20]
	case len(payload) >= 40 && payload[0]>>4 == 6:
		bytes = payload[24:40]
	}
	address, _ := netip.AddrFromSlice(bytes)
	return address
}

func big32(value uint32) []byte { return binary.BigEndian.AppendUint32(nil, value) }
