package main

import (
	"context"
	"errors"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// NodeGetCapabilities implements csi.NodeServer.
func (d *driver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	response := &csi.NodeGetCapabilitiesResponse{}
	for _, kind := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME,
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS,
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		response.Capabilities = append(response.Capabilities, &csi.NodeServiceCapability{
			Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: kind}},
		})
	}
	return response, nil
}

// NodeGetInfo implements csi.NodeServer.
func (d *driver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.node, AccessibleTopology: d.topology()}, nil
}

// NodeStageVolume implements csi.NodeServer: the image becomes a mounted file system.
func (d *driver) NodeStageVolume(ctx context.Context, request *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	id, target := request.GetVolumeId(), request.GetStagingTargetPath()
	if id == "" || target == "" || request.GetVolumeCapability() == nil {
		return nil, status.Error(codes.InvalidArgument, "volume id, staging path and capability are needed")
	}
	if err := mountable([]*csi.VolumeCapability{request.GetVolumeCapability()}); err != nil {
		return nil, err
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	if _, err := d.volumes.find(id); err != nil {
		return nil, translate(err, "volume "+id)
	}
	err = d.stage(ctx, id, target, request.GetVolumeCapability().GetMount().GetMountFlags())
	return &csi.NodeStageVolumeResponse{}, translate(err, "volume "+id)
}

func (d *driver) stage(ctx context.Context, id, target string, options []string) error {
	device, err := attach(d.volumes.image(id))
	if err != nil {
		return err
	}
	defer device.close()
	number, err := device.number()
	if err != nil {
		return err
	}
	mounted, err := mountedAt(target)
	if err != nil {
		return err
	}
	if mounted != nil && mounted.device != number {
		return status.Errorf(codes.Internal, "something else is mounted at %s", target)
	}
	if mounted == nil {
		if err := os.MkdirAll(target, 0o750); err != nil {
			return err
		}
		if err := mountVolume(device.path, target, options); err != nil {
			return err
		}
	}
	// A growth may have been interrupted, and a restored volume may be larger than its snapshot.
	if err := device.grow(); err != nil {
		return err
	}
	return growFileSystem(ctx, target)
}

// NodeUnstageVolume implements csi.NodeServer.
func (d *driver) NodeUnstageVolume(ctx context.Context, request *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	id, target := request.GetVolumeId(), request.GetStagingTargetPath()
	if id == "" || target == "" {
		return nil, status.Error(codes.InvalidArgument, "volume id and staging path are needed")
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	return &csi.NodeUnstageVolumeResponse{}, translate(unmount(target), "volume "+id)
}

// NodePublishVolume implements csi.NodeServer: a pod sees the staged file system.
func (d *driver) NodePublishVolume(ctx context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	id, staged, target := request.GetVolumeId(), request.GetStagingTargetPath(), request.GetTargetPath()
	if id == "" || staged == "" || target == "" {
		return nil, status.Error(codes.InvalidArgument, "volume id, staging path and target path are needed")
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	return &csi.NodePublishVolumeResponse{}, translate(publish(staged, target, request.GetReadonly()), "volume "+id)
}

func publish(staged, target string, readOnly bool) error {
	source, err := mountedAt(staged)
	if err != nil {
		return err
	}
	if source == nil {
		return status.Errorf(codes.FailedPrecondition, "nothing is mounted at %s", staged)
	}
	mounted, err := mountedAt(target)
	if err != nil {
		return err
	}
	if mounted != nil && mounted.device == source.device {
		return nil
	}
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	return bindMount(staged, target, readOnly)
}

// NodeUnpublishVolume implements csi.NodeServer.
func (d *driver) NodeUnpublishVolume(ctx context.Context, request *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	id, target := request.GetVolumeId(), request.GetTargetPath()
	if id == "" || target == "" {
		return nil, status.Error(codes.InvalidArgument, "volume id and target path are needed")
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	return &csi.NodeUnpublishVolumeResponse{}, translate(unmount(target), "volume "+id)
}

// NodeExpandVolume implements csi.NodeServer: image, device and file system grow in
// this order while the pod writes on.
func (d *driver) NodeExpandVolume(ctx context.Context, request *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	id := request.GetVolumeId()
	if id == "" || request.GetVolumePath() == "" {
		return nil, status.Error(codes.InvalidArgument, "volume id and volume path are needed")
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	volume, err := d.volumes.find(id)
	if err != nil {
		return nil, translate(err, "volume "+id)
	}
	if volume.Capacity < request.GetCapacityRange().GetRequiredBytes() {
		volume.Capacity, err = capacityFor(request.GetCapacityRange())
		if err != nil {
			return nil, err
		}
	}
	if err := d.expand(ctx, volume, request.GetVolumePath()); err != nil {
		return nil, translate(err, "volume "+id)
	}
	return &csi.NodeExpandVolumeResponse{CapacityBytes: volume.Capacity}, nil
}

func (d *driver) expand(ctx context.Context, volume record, path string) error {
	image := d.volumes.image(volume.ID)
	if err := reserve(image, imageBytes(volume.Capacity)); err != nil {
		return err
	}
	device, err := attached(image)
	if err != nil {
		return err
	}
	if device == nil {
		return status.Errorf(codes.FailedPrecondition, "volume %s is not attached", volume.ID)
	}
	defer device.close()
	if err := device.grow(); err != nil {
		return err
	}
	if err := growFileSystem(ctx, path); err != nil {
		return err
	}
	return d.volumes.save(volume)
}

// NodeGetVolumeStats implements csi.NodeServer.
func (d *driver) NodeGetVolumeStats(_ context.Context, request *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	if request.GetVolumeId() == "" || request.GetVolumePath() == "" {
		return nil, status.Error(codes.InvalidArgument, "volume id and volume path are needed")
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(request.GetVolumePath(), &stat); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return nil, status.Errorf(codes.NotFound, "%s: %v", request.GetVolumePath(), err)
		}
		return nil, translate(err, request.GetVolumePath())
	}
	block := stat.Bsize
	return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{
		{
			Unit:      csi.VolumeUsage_BYTES,
			Total:     int64(stat.Blocks) * block,
			Available: int64(stat.Bavail) * block,
			Used:      int64(stat.Blocks-stat.Bfree) * block,
		},
		{
			Unit:      csi.VolumeUsage_INODES,
			Total:     int64(stat.Files),
			Available: int64(stat.Ffree),
			Used:      int64(stat.Files - stat.Ffree),
		},
	}}, nil
}
