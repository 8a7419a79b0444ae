package main

import (
	"net"
	"testing"
	"time"
)

func TestOpenAndClosedPortsHaveTimesAndOthersAnError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	found := Times{Ms: map[string][]float64{}, Errors: map[string]string{}}
	found.measure(address, 3, time.Second)
	listener.Close()
	found.measure(address, 1, time.Second)
	found.measure("nowhere", 1, time.Second)
	if len(found.Ms[address]) != 4 || found.Errors["nowhere"] == "" {
		t.Fatalf("got %v and %v", found.Ms, found.Errors)
	}
}
