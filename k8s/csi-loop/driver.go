package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	driverName    = "loop.csi.roadmap.local"
	driverVersion = "1.0.0"

	// topologyKey is the label by which volumes stay with their node.
	topologyKey = driverName + "/node"

	volumesFolder   = "volumes"
	snapshotsFolder = "snapshots"
)

// driver answers all CSI calls for the images of one node.
type driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer

	node      string
	volumes   store
	snapshots store
	locks     locks

	// format makes the file system of a new volume.
	format func(ctx context.Context, image string) error
	// still runs an action while nothing writes to a volume.
	still func(volume string, action func() error) error
}

func newDriver(node, folder string) *driver {
	d := &driver{
		node:      node,
		volumes:   store{folder: filepath.Join(folder, volumesFolder)},
		snapshots: store{folder: filepath.Join(folder, snapshotsFolder)},
		format:    format,
	}
	d.still = d.whileFrozen
	return d
}

// whileFrozen freezes a volume's file system for an action, if it is mounted.
func (d *driver) whileFrozen(volume string, action func() error) error {
	device, err := attached(d.volumes.image(volume))
	if err != nil {
		return err
	}
	if device == nil {
		return action()
	}
	defer device.close()
	number, err := device.number()
	if err != nil {
		return err
	}
	point, err := mountOf(number)
	if err != nil {
		return err
	}
	if point == "" {
		return action()
	}
	return frozen(point, action)
}

// GetPluginInfo implements csi.IdentityServer.
func (d *driver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: driverName, VendorVersion: driverVersion}, nil
}

// GetPluginCapabilities implements csi.IdentityServer.
func (d *driver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	service := func(kind csi.PluginCapability_Service_Type) *csi.PluginCapability {
		return &csi.PluginCapability{Type: &csi.PluginCapability_Service_{
			Service: &csi.PluginCapability_Service{Type: kind},
		}}
	}
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{
		service(csi.PluginCapability_Service_CONTROLLER_SERVICE),
		service(csi.PluginCapability_Service_VOLUME_ACCESSIBILITY_CONSTRAINTS),
		{Type: &csi.PluginCapability_VolumeExpansion_{VolumeExpansion: &csi.PluginCapability_VolumeExpansion{
			Type: csi.PluginCapability_VolumeExpansion_ONLINE,
		}}},
	}}, nil
}

// Probe implements csi.IdentityServer.
func (d *driver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

// translate gives an error of the store the code by which callers decide what to do.
func translate(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMissing):
		return status.Errorf(codes.NotFound, "%s: %v", what, err)
	case errors.Is(err, errExists):
		return status.Errorf(codes.AlreadyExists, "%s: %v", what, err)
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		// The provisioner then asks the scheduler for another node.
		return status.Errorf(codes.ResourceExhausted, "%s: %v", what, err)
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Errorf(codes.Internal, "%s: %v", what, err)
}
