package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
)

// syncing is asked unless another method is named: the lightest that a Cosmos node answers.
const syncing = "cosmos.base.tendermint.v1beta1.Service/GetSyncing"

// answer is the line for one request.
type answer struct {
	T        string          `json:"t"`
	Ms       float64         `json:"ms"`
	Protocol string          `json:"protocol"`
	URL      string          `json:"url"`
	Status   string          `json:"status"`
	OK       bool            `json:"ok"`
	Error    string          `json:"error,omitempty"`
	Bytes    int64           `json:"bytes"`
	Captured json.RawMessage `json:"captured,omitempty"`
}

// requester sends requests of one kind.
type requester struct {
	timeout time.Duration
	capture string
	client  *http.Client
}

func newRequester(timeout time.Duration, newConnection bool, capture string) *requester {
	transport := &http.Transport{DisableKeepAlives: newConnection, MaxIdleConnsPerHost: crowd, DisableCompression: true}
	return &requester{timeout: timeout, capture: capture, client: &http.Client{Transport: transport}}
}

// http sends one GET and reads the whole answer.
func (r *requester) http(ctx context.Context, protocol, url string) answer {
	begun := time.Now()
	result := answer{T: stamp(begun), Protocol: protocol, URL: url}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	body, err := r.get(ctx, url, &result)
	result.Ms = milliseconds(begun)
	result.Bytes = int64(len(body))
	if err == nil && r.capture != "" && result.OK {
		result.Captured, err = extract(body, r.capture)
	}
	if err != nil {
		result.OK, result.Error = false, err.Error()
	} else if !result.OK {
		result.Error = excerpt(body)
	}
	return result
}

func (r *requester) get(ctx context.Context, url string, result *answer) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	result.Status = strconv.Itoa(response.StatusCode)
	result.OK = response.StatusCode >= 200 && response.StatusCode < 300
	return io.ReadAll(response.Body)
}

// grpc calls a method with an empty request, on a connection of its own.
func (r *requester) grpc(ctx context.Context, target, method string) answer {
	begun := time.Now()
	result := answer{T: stamp(begun), Protocol: "grpc", URL: target + "/" + method}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	reply, err := call(ctx, target, method)
	result.Ms = milliseconds(begun)
	result.Status, result.OK, result.Bytes = status.Code(err).String(), err == nil, int64(len(reply))
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

// call is a call that knows nothing of messages: an empty request, an answer in bytes.
func call(ctx context.Context, target, method string) ([]byte, error) {
	connection, err := grpc.NewClient("passthrough:///"+target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	var reply []byte
	err = connection.Invoke(ctx, "/"+strings.TrimPrefix(method, "/"), []byte(nil), &reply)
	return reply, err
}

// rawCodec leaves messages as the bytes they are.
type rawCodec struct{}

var _ encoding.Codec = rawCodec{}

// Marshal implements encoding.Codec.
func (rawCodec) Marshal(message any) ([]byte, error) { return message.([]byte), nil }

// Unmarshal implements encoding.Codec.
func (rawCodec) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// Name implements encoding.Codec.
func (rawCodec) Name() string { return "proto" }

// extract returns the value at a dotted path, such as result.sync_info.latest_block_time
// or blocks.0.header.
func extract(body []byte, path string) (json.RawMessage, error) {
	value := json.RawMessage(body)
	for _, step := range strings.Split(path, ".") {
		if place, err := strconv.Atoi(step); err == nil {
			var elements []json.RawMessage
			if err := json.Unmarshal(value, &elements); err != nil || place < 0 || place >= len(elements) {
				return nil, fmt.Errorf("no %q of %s in: %s", step, path, excerpt(body))
			}
			value = elements[place]
			continue
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(value, &fields); err != nil || fields[step] == nil {
			return nil, fmt.Errorf("no %q of %s in: %s", step, path, excerpt(body))
		}
		value = fields[step]
	}
	return value, nil
}

// excerpt shows the beginning of an answer.
func excerpt(body []byte) string { return string(body[:min(len(body), 300)]) }

func requestHTTP(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("http")
	var urls list
	var p pace
	flags.Var(&urls, "url", "a URL; several are asked in turn")
	timeout := flags.Duration("timeout", 2*time.Second, "of one request")
	fresh := flags.Bool("new-connection", false, "make a connection for each request")
	capture := flags.String("capture-json", "", "a dotted path into each answer")
	p.flags(flags, 1)
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if len(urls) == 0 {
		return usageError{"http: --url is missing"}
	}
	r := newRequester(*timeout, *fresh, *capture)
	return paced(ctx, out, &p, func(ctx context.Context, number int) answer {
		return r.http(ctx, "http", urls[number%len(urls)])
	})
}

func requestGRPC(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("grpc")
	var p pace
	target := flags.String("target", "", "host:port")
	method := flags.String("method", syncing, "package.Service/Method")
	timeout := flags.Duration("timeout", 2*time.Second, "of one request")
	p.flags(flags, 1)
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if *target == "" {
		return usageError{"grpc: --target is missing"}
	}
	r := newRequester(*timeout, true, "")
	return paced(ctx, out, &p, func(ctx context.Context, _ int) answer { return r.grpc(ctx, *target, *method) })
}

// requestMixed asks over RPC, REST and gRPC in turn, each time on a new connection.
func requestMixed(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("mixed")
	var p pace
	rpc := flags.String("rpc", "", "a URL of the node's RPC")
	rest := flags.String("rest", "", "a URL of its REST API")
	target := flags.String("grpc", "", "host:port of its gRPC")
	method := flags.String("method", syncing, "package.Service/Method for gRPC")
	timeout := flags.Duration("timeout", 5*time.Second, "of one request")
	p.flags(flags, 20)
	if err := parse(flags, arguments); err != nil {
		return err
	}
	r := newRequester(*timeout, true, "")
	var turns []func(context.Context) answer
	if *rpc != "" {
		turns = append(turns, func(ctx context.Context) answer { return r.http(ctx, "rpc", *rpc) })
	}
	if *rest != "" {
		turns = append(turns, func(ctx context.Context) answer { return r.http(ctx, "rest", *rest) })
	}
	if *target != "" {
		turns = append(turns, func(ctx context.Context) answer { return r.grpc(ctx, *target, *method) })
	}
	if len(turns) == 0 {
		return usageError{"mixed: give at least one of --rpc, --rest and --grpc"}
	}
	return paced(ctx, out, &p, func(ctx context.Context, number int) answer { return turns[number%len(turns)](ctx) })
}

// paced writes a line for each request and a summary.
func paced(ctx context.Context, out *output, p *pace, send func(context.Context, int) answer) error {
	total, err := p.run(ctx, func(ctx context.Context, number int) bool {
		result := send(ctx, number)
		// When nobody reads any more, the summary below fails as well and is the error.
		_ = out.line(result)
		return result.OK
	})
	if err != nil {
		return err
	}
	return out.line(total)
}
