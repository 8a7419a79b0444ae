package main

import (
	"context"
	"errors"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// ControllerGetCapabilities implements csi.ControllerServer.  Growing is not among
// them: a volume's node grows it alone, image and file system in one go.
func (d *driver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	response := &csi.ControllerGetCapabilitiesResponse{}
	for _, kind := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		response.Capabilities = append(response.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: kind}},
		})
	}
	return response, nil
}

// CreateVolume implements csi.ControllerServer.
func (d *driver) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	if request.GetName() == "" {
		return nil, status.Error(codes.InvalidArgument, "a volume needs a name")
	}
	if err := mountable(request.GetVolumeCapabilities()); err != nil {
		return nil, err
	}
	if err := d.reachable(request.GetAccessibilityRequirements()); err != nil {
		return nil, err
	}
	capacity, err := capacityFor(request.GetCapacityRange())
	if err != nil {
		return nil, err
	}
	source, err := sourceSnapshot(request.GetVolumeContentSource())
	if err != nil {
		return nil, err
	}
	id := identify(request.GetName())
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()

	volume, err := d.volumes.find(id)
	if errors.Is(err, errMissing) {
		volume, err = d.makeVolume(ctx, record{ID: id, Capacity: capacity, Source: source}, request.GetCapacityRange())
	} else if err == nil && (volume.Source != source || !holds(volume.Capacity, request.GetCapacityRange())) {
		err = errExists
	}
	if err != nil {
		return nil, translate(err, "volume "+id)
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId:           volume.ID,
		CapacityBytes:      volume.Capacity,
		ContentSource:      request.GetVolumeContentSource(),
		AccessibleTopology: []*csi.Topology{d.topology()},
	}}, nil
}

// makeVolume makes an empty volume or one with a snapshot's content.
func (d *driver) makeVolume(ctx context.Context, wanted record, asked *csi.CapacityRange) (record, error) {
	if wanted.Source == "" {
		return d.volumes.create(ctx, wanted, func(ctx context.Context, image string) error {
			if err := reserve(image, imageBytes(wanted.Capacity)); err != nil {
				return err
			}
			return d.format(ctx, image)
		})
	}
	release, err := d.locks.take(ctx, wanted.Source)
	if err != nil {
		return record{}, err
	}
	defer release()
	snapshot, err := d.snapshots.find(wanted.Source)
	if errors.Is(err, errMissing) {
		// Snapshots stay on their node: this code makes the scheduler try another one.
		return record{}, status.Errorf(codes.ResourceExhausted,
			"snapshot %s is not on node %s; place the pod on the node of the snapshot", wanted.Source, d.node)
	}
	if err != nil {
		return record{}, err
	}
	if limit := asked.GetLimitBytes(); limit > 0 && snapshot.Capacity > limit {
		return record{}, status.Errorf(codes.OutOfRange, "the snapshot's volume had %d bytes, above the limit of %d", snapshot.Capacity, limit)
	}
	wanted.Capacity = max(wanted.Capacity, snapshot.Capacity)
	return d.volumes.create(ctx, wanted, func(ctx context.Context, image string) error {
		if err := copyImage(ctx, d.snapshots.image(wanted.Source), image); err != nil {
			return err
		}
		return reserve(image, imageBytes(wanted.Capacity))
	})
}

// DeleteVolume implements csi.ControllerServer.
func (d *driver) DeleteVolume(ctx context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	id := request.GetVolumeId()
	if id == "" {
		return nil, status.Error(codes.InvalidArgument, "no volume id")
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	if _, err := d.volumes.find(id); err == nil {
		device, err := attached(d.volumes.image(id))
		if err != nil {
			return nil, translate(err, "volume "+id)
		}
		if device != nil {
			device.close()
			return nil, status.Errorf(codes.FailedPrecondition, "volume %s is still attached to %s", id, device.path)
		}
	}
	return &csi.DeleteVolumeResponse{}, translate(d.volumes.delete(id), "volume "+id)
}

// ValidateVolumeCapabilities implements csi.ControllerServer.
func (d *driver) ValidateVolumeCapabilities(_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if _, err := d.volumes.find(request.GetVolumeId()); err != nil {
		return nil, translate(err, "volume "+request.GetVolumeId())
	}
	if err := mountable(request.GetVolumeCapabilities()); err != nil {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: status.Convert(err).Message()}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeCapabilities: request.GetVolumeCapabilities(),
	}}, nil
}

// CreateSnapshot implements csi.ControllerServer.
func (d *driver) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	if request.GetName() == "" || request.GetSourceVolumeId() == "" {
		return nil, status.Error(codes.InvalidArgument, "a snapshot needs a name and a source volume")
	}
	id := identify(request.GetName())
	for _, each := range []string{request.GetSourceVolumeId(), id} {
		release, err := d.locks.take(ctx, each)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	snapshot, err := d.snapshots.find(id)
	if errors.Is(err, errMissing) {
		snapshot, err = d.makeSnapshot(ctx, id, request.GetSourceVolumeId())
	} else if err == nil && snapshot.Source != request.GetSourceVolumeId() {
		err = errExists
	}
	if err != nil {
		return nil, translate(err, "snapshot "+id)
	}
	return &csi.CreateSnapshotResponse{Snapshot: &csi.Snapshot{
		SnapshotId:     snapshot.ID,
		SourceVolumeId: snapshot.Source,
		SizeBytes:      snapshot.Capacity,
		CreationTime:   timestamppb.New(snapshot.Made),
		ReadyToUse:     true,
	}}, nil
}

func (d *driver) makeSnapshot(ctx context.Context, id, source string) (record, error) {
	volume, err := d.volumes.find(source)
	if err != nil {
		return record{}, err
	}
	wanted := record{ID: id, Capacity: volume.Capacity, Source: source}
	return d.snapshots.create(ctx, wanted, func(ctx context.Context, image string) error {
		return d.still(source, func() error { return copyImage(ctx, d.volumes.image(source), image) })
	})
}

// DeleteSnapshot implements csi.ControllerServer.
func (d *driver) DeleteSnapshot(ctx context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	id := request.GetSnapshotId()
	if id == "" {
		return nil, status.Error(codes.InvalidArgument, "no snapshot id")
	}
	release, err := d.locks.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	return &csi.DeleteSnapshotResponse{}, translate(d.snapshots.delete(id), "snapshot "+id)
}

func (d *driver) topology() *csi.Topology {
	return &csi.Topology{Segments: map[string]string{topologyKey: d.node}}
}

// reachable refuses to make a volume here for a pod that may only run elsewhere.
func (d *driver) reachable(wanted *csi.TopologyRequirement) error {
	if len(wanted.GetRequisite()) == 0 {
		return nil
	}
	for _, place := range wanted.GetRequisite() {
		if place.GetSegments()[topologyKey] == d.node {
			return nil
		}
	}
	return status.Errorf(codes.ResourceExhausted, "volumes of node %s cannot be reached from where this one is wanted", d.node)
}

// mountable refuses what a file system on one node cannot be.
func mountable(capabilities []*csi.VolumeCapability) error {
	if len(capabilities) == 0 {
		return status.Error(codes.InvalidArgument, "no volume capability")
	}
	for _, capability := range capabilities {
		if capability.GetMount() == nil {
			return status.Error(codes.InvalidArgument, "only volumes with a file system are made, no block volumes")
		}
		if kind := capability.GetMount().GetFsType(); kind != "" && kind != fileSystem {
			return status.Errorf(codes.InvalidArgument, "file system %q is not made, only %s", kind, fileSystem)
		}
		switch mode := capability.GetAccessMode().GetMode(); mode {
		case csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_MULTI_WRITER,
			csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY:
		default:
			return status.Errorf(codes.InvalidArgument, "access mode %s: a volume belongs to one node", mode)
		}
	}
	return nil
}

func sourceSnapshot(source *csi.VolumeContentSource) (string, error) {
	if source == nil {
		return "", nil
	}
	if id := source.GetSnapshot().GetSnapshotId(); id != "" {
		return id, nil
	}
	return "", status.Error(codes.InvalidArgument, "a volume is made empty or of a snapshot, not of another volume")
}
