package main

import (
	"encoding/json"
	"errors"
	"flag"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// connect measures how long TCP connections take, to all targets at once and
// to each one after another, and prints milliseconds by target.
func connect(arguments []string) error {
	flags := flag.NewFlagSet("connect", flag.ExitOnError)
	count := flags.Int("count", 5, "connections to each target")
	timeout := flags.Duration("timeout", 10*time.Second, "for one connection")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	found := Times{Ms: map[string][]float64{}, Errors: map[string]string{}}
	var all sync.WaitGroup
	for _, target := range flags.Args() {
		all.Go(func() { found.measure(target, *count, *timeout) })
	}
	all.Wait()
	return json.NewEncoder(os.Stdout).Encode(&found)
}

// Times is the durations of connections, and the last error, by target.
type Times struct {
	mutex  sync.Mutex
	Ms     map[string][]float64 `json:"ms"`
	Errors map[string]string    `json:"errors"`
}

func (t *Times) measure(target string, count int, timeout time.Duration) {
	for range count {
		began := time.Now()
		connection, err := net.DialTimeout("tcp", target, timeout)
		took := time.Since(began)
		t.mutex.Lock()
		// A refusal has gone there and back as well: a node that restarts is no
		// reason not to know how far it is.
		if err == nil || errors.Is(err, syscall.ECONNREFUSED) {
			t.Ms[target] = append(t.Ms[target], milliseconds(took))
		} else {
			t.Errors[target] = err.Error()
		}
		t.mutex.Unlock()
		if err == nil {
			leave(connection)
		}
	}
}

// leave resets a connection: its other end need not wait for our goodbye.
func leave(connection net.Conn) {
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
