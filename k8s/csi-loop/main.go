// Command csi-loop is a CSI driver for volumes that are image files on their node:
// each one a file system of its own, with its bytes really reserved, that can grow
// while it is in use, be copied at one point in time, and never leaves its node.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func main() {
	node := flag.String("node", os.Getenv("NODE_NAME"), "the name of this node")
	folder := flag.String("folder", "/var/lib/roadmap-storage", "where the images lie")
	socket := flag.String("socket", "/csi/csi.sock", "where the sidecars reach the driver")
	register := flag.String("register", "", "the kubelet's folder for plugin sockets; empty: do not register")
	kubeletSocket := flag.String("kubelet-socket", "", "the path of --socket as the kubelet sees it")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := serve(ctx, *node, *folder, *socket, *register, *kubeletSocket); err != nil {
		slog.Error("the driver ends", "error", err)
		os.Exit(1)
	}
}

// serve answers calls until the context ends or a listener fails.
func serve(ctx context.Context, node, folder, socket, register, kubeletSocket string) error {
	if node == "" {
		return errors.New("--node is empty: set it or the variable NODE_NAME")
	}
	if err := thawAll(); err != nil {
		return err
	}
	d := newDriver(node, folder)
	server := grpc.NewServer(grpc.UnaryInterceptor(logFailures))
	csi.RegisterIdentityServer(server, d)
	csi.RegisterControllerServer(server, d)
	csi.RegisterNodeServer(server, d)

	ended := make(chan error, 2)
	if err := listen(server, socket, ended); err != nil {
		return err
	}
	defer server.GracefulStop()
	if register != "" {
		registrar := grpc.NewServer()
		registration.RegisterRegistrationServer(registrar, &plugin{endpoint: kubeletSocket, refused: ended})
		if err := listen(registrar, filepath.Join(register, driverName+"-reg.sock"), ended); err != nil {
			return err
		}
		defer registrar.GracefulStop()
	}
	slog.Info("the driver is ready", "node", node, "folder", folder)
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return err
	}
}

// listen serves at a socket, in place of what a predecessor has left there.
func listen(server *grpc.Server, socket string, ended chan<- error) error {
	if err := remove(socket); err != nil {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() { ended <- server.Serve(listener) }()
	return nil
}

// logFailures tells why a call failed; callers show it at most in an event.
func logFailures(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	response, err := handler(ctx, request)
	if err != nil {
		slog.Error("a call failed", "call", info.FullMethod, "code", status.Code(err).String(), "error", err)
	}
	return response, err
}

// plugin tells the kubelet where the driver is.
type plugin struct {
	registration.UnimplementedRegistrationServer

	endpoint string
	refused  chan<- error
}

// GetInfo implements registration.RegistrationServer.
func (p *plugin) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: "CSIPlugin", Name: driverName, Endpoint: p.endpoint, SupportedVersions: []string{"1.0.0"},
	}, nil
}

// NotifyRegistrationStatus implements registration.RegistrationServer.
func (p *plugin) NotifyRegistrationStatus(_ context.Context, result *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !result.GetPluginRegistered() {
		// A restart is what makes the kubelet try again.
		p.refused <- errors.New("the kubelet refused the driver: " + result.GetError())
	}
	return &registration.RegistrationStatusResponse{}, nil
}
