package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// lines runs a subcommand to its end and returns its lines.
func lines(t *testing.T, arguments ...string) ([]map[string]any, error) {
	t.Helper()
	var written bytes.Buffer
	err := run(context.Background(), &written, arguments)
	var found []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(written.String()), "\n") {
		if line == "" {
			continue
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		found = append(found, fields)
	}
	return found, err
}

// done runs what must succeed.
func done(t *testing.T, arguments ...string) []map[string]any {
	t.Helper()
	found, err := lines(t, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func want(t *testing.T, fields map[string]any, wanted map[string]any) {
	t.Helper()
	for name, value := range wanted {
		if fmt.Sprint(fields[name]) != plain(value) {
			t.Errorf("%s is %v, want %v (%v)", name, fields[name], value, fields)
		}
	}
}

// plain writes a value as it looks after JSON, where every number is a float.
func plain(value any) string {
	if whole, ok := value.(int); ok {
		return fmt.Sprint(float64(whole))
	}
	return fmt.Sprint(value)
}

func site(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.Error(w, "no longer", http.StatusGone)
			return
		}
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			return
		}
		fmt.Fprintf(w, `{"result":{"blocks":[{"height":"7"}],"peer":%q}}`, r.RemoteAddr)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestHTTPTellsOfEachRequestAndEndsByCount(t *testing.T) {
	server := site(t)
	found := done(t, "http", "--url", server.URL+"/", "--url", server.URL+"/gone", "--rate", "200",
		"--count", "4", "--capture-json", "result.blocks.0.height")
	if len(found) != 5 {
		t.Fatalf("%d lines", len(found))
	}
	slices.SortFunc(found[:4], func(a, b map[string]any) int { return strings.Compare(fmt.Sprint(a["url"]), fmt.Sprint(b["url"])) })
	want(t, found[0], map[string]any{"ok": true, "status": "200", "captured": "7", "protocol": "http"})
	want(t, found[3], map[string]any{"ok": false, "status": "410", "error": "no longer\n"})
	want(t, found[4], map[string]any{"summary": true, "requests": 4, "failed": 2, "skipped": 0, "end": "count"})
	if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(found[0]["t"])); err != nil {
		t.Error(err)
	}
}

func TestARequestOnANewConnectionComesFromANewPort(t *testing.T) {
	server := site(t)
	for flag, wanted := range map[string]int{"--new-connection=true": 3, "--new-connection=false": 1} {
		ports := map[string]bool{}
		for _, line := range done(t, "http", "--url", server.URL, "--rate", "20", "--count", "3", flag, "--capture-json", "result.peer")[:3] {
			ports[fmt.Sprint(line["captured"])] = true
		}
		if len(ports) != wanted {
			t.Errorf("%s: %d ports, want %d", flag, len(ports), wanted)
		}
	}
}

func TestAHangingServerIsAFailureAfterTheTimeout(t *testing.T) {
	found := done(t, "http", "--url", site(t).URL+"/slow", "--count", "1", "--timeout", "50ms")
	want(t, found[0], map[string]any{"ok": false, "status": ""})
	if !strings.Contains(fmt.Sprint(found[0]["error"]), "deadline exceeded") {
		t.Errorf("the error is %v", found[0]["error"])
	}
}

func TestAMissingFieldIsAFailureThatShowsTheAnswer(t *testing.T) {
	found := done(t, "http", "--url", site(t).URL, "--count", "1", "--capture-json", "result.height")
	if text := fmt.Sprint(found[0]["error"]); !strings.Contains(text, `no "height"`) || !strings.Contains(text, `"blocks"`) {
		t.Error(text)
	}
	want(t, found[0], map[string]any{"ok": false})
}

// node answers every gRPC method: one exists.
func node(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(stream)
		if method != "/"+syncing {
			return status.Error(codes.Unimplemented, "no "+method)
		}
		return stream.SendMsg([]byte("block"))
	}))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func TestGRPCNeedsNoMessageTypes(t *testing.T) {
	target := node(t)
	want(t, done(t, "grpc", "--target", target, "--count", "1")[0], map[string]any{"ok": true, "status": "OK", "bytes": 5})
	want(t, done(t, "grpc", "--target", target, "--count", "1", "--method", "a.B/C")[0],
		map[string]any{"ok": false, "status": "Unimplemented"})
}

func TestMixedTakesTurns(t *testing.T) {
	server := site(t)
	found := done(t, "mixed", "--rpc", server.URL, "--rest", server.URL, "--grpc", node(t), "--rate", "100", "--count", "6")
	turns := map[string]int{}
	for _, line := range found[:6] {
		want(t, line, map[string]any{"ok": true})
		turns[fmt.Sprint(line["protocol"])]++
	}
	if turns["rpc"] != 2 || turns["rest"] != 2 || turns["grpc"] != 2 {
		t.Error(turns)
	}
}

func TestFloodSummarisesItsSecondsAndEnds(t *testing.T) {
	found := done(t, "flood", "--url", site(t).URL, "--workers", "2", "--duration", "1200ms")
	want(t, found[0], map[string]any{"failed": 0})
	last := found[len(found)-1]
	want(t, last, map[string]any{"summary": true, "end": "duration", "failed": 0})
	if last["requests"].(float64) < 2 {
		t.Error(last)
	}
}

func TestASignalEndsWithASummary(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	var written bytes.Buffer
	if err := run(ctx, &written, []string{"http", "--url", site(t).URL, "--rate", "100"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(written.String(), `"end":"signal"`) {
		t.Error(written.String())
	}
}

func TestTheNodeIdIsReadFromTheHandshake(t *testing.T) {
	key := ed25519.GenPrivKey()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if raw, err := listener.Accept(); err == nil {
			_, _ = conn.MakeSecretConnection(raw, key)
		}
	}()
	asker := namesAsker{
		names: []string{"a"}, port: listener.Addr().(*net.TCPAddr).Port, timeout: time.Second,
		lookup: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
	}
	if result := asker.ask(context.Background(), "a"); result.NodeID != string(p2p.PubKeyToID(key.PubKey())) {
		t.Errorf("%+v", result)
	}
}

func TestADenialIsToldFromSilence(t *testing.T) {
	for text, err := range map[string]error{
		"NXDOMAIN": &net.DNSError{IsNotFound: true},
		"timeout":  &net.DNSError{IsTimeout: true},
	} {
		asker := namesAsker{timeout: time.Second, lookup: func(context.Context, string) ([]string, error) { return nil, err }}
		if result := asker.ask(context.Background(), "a"); result.Error != text || result.Addresses == nil {
			t.Errorf("%+v", result)
		}
	}
}

func TestFilesAreWrittenAllocatedAndRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	written := done(t, "write", "--path", path, "--bytes", "100000")[0]
	want(t, done(t, "sha256", "--path", path)[0], map[string]any{"sha256": written["sha256"], "bytes": 100000})
	allocated := done(t, "fallocate", "--path", path, "--bytes", fmt.Sprint(5*mebibyte))[0]
	want(t, allocated, map[string]any{"pieces_read_back": 3, "bytes": 5 * mebibyte})
	if allocated["on_disk"].(float64) < 5*mebibyte {
		t.Error(allocated)
	}
	if total := done(t, "statfs", "--path", filepath.Dir(path))[0]["total"].(float64); total <= 0 {
		t.Error(total)
	}
	if _, err := lines(t, "sha256", "--path", path); err == nil {
		t.Error("fallocate left its file")
	}
}

func TestTooMuchToAllocateIsAnErrorWithALine(t *testing.T) {
	found, err := lines(t, "fallocate", "--path", filepath.Join(t.TempDir(), "file"), "--bytes", "4000000000000000")
	if err == nil || !strings.Contains(fmt.Sprint(found[0]["error"]), "allocate 4000000000000000 bytes") {
		t.Errorf("%v %v", err, found)
	}
}

func TestMemoryStopsAtItsBound(t *testing.T) {
	found := done(t, "hold-memory", "--mib", "5", "--step", "2", "--interval", "1ms", "--duration", "50ms")
	want(t, found[len(found)-1], map[string]any{"mib": 5})
}

func TestMistakesInTheCommandLineAreNamed(t *testing.T) {
	for text, arguments := range map[string][]string{
		"there are: burst, copy-self, crash-points, dns, fallocate": {"htpp"},
		"no subcommand;":         {},
		"--url is missing":       {"http"},
		"--rate must be above 0": {"http", "--url", "x", "--rate", "0"},
		`"x" is no flag`:         {"wait", "x"},
		"not defined":            {"wait", "--x"},
	} {
		_, err := lines(t, arguments...)
		if err == nil || !strings.Contains(err.Error(), text) || exitCode(err) != 2 {
			t.Errorf("%v: %v", arguments, err)
		}
	}
}
