package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// testDriver has a folder of its own and no kernel: a file system is a word in the image.
func testDriver(t *testing.T) *driver {
	t.Helper()
	d := newDriver("here", t.TempDir())
	d.format = func(_ context.Context, image string) error { return writeAt(image, "formatted") }
	d.still = func(_ string, action func() error) error { return action() }
	return d
}

func writeAt(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(text), 0)
	return errors.Join(err, file.Close())
}

func begins(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	head := make([]byte, 16)
	if _, err := file.Read(head); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimRight(head, "\x00"))
}

func volumeRequest(name string, bytes int64) *csi.CreateVolumeRequest {
	return &csi.CreateVolumeRequest{
		Name:               name,
		CapacityRange:      &csi.CapacityRange{RequiredBytes: bytes},
		VolumeCapabilities: []*csi.VolumeCapability{capability(csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER, "xfs")},
	}
}

func capability(mode csi.VolumeCapability_AccessMode_Mode, kind string) *csi.VolumeCapability {
	return &csi.VolumeCapability{
		AccessMode: &csi.VolumeCapability_AccessMode{Mode: mode},
		AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{FsType: kind}},
	}
}

func create(t *testing.T, d *driver, request *csi.CreateVolumeRequest) *csi.Volume {
	t.Helper()
	response, err := d.CreateVolume(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	return response.GetVolume()
}

func wantCode(t *testing.T, err error, code codes.Code, text string) {
	t.Helper()
	if status.Code(err) != code || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s with %q", err, code, text)
	}
}

func TestAVolumeIsMadeOnceAndBelongsToItsNode(t *testing.T) {
	d := testDriver(t)
	first := create(t, d, volumeRequest("pvc-1", smallest))
	if err := writeAt(d.volumes.image("pvc-1"), "used"); err != nil {
		t.Fatal(err)
	}
	second := create(t, d, volumeRequest("pvc-1", smallest))
	if first.GetVolumeId() != second.GetVolumeId() || begins(t, d.volumes.image("pvc-1")) != "usedatted" {
		t.Error("the second call made the volume anew")
	}
	if got := first.GetAccessibleTopology()[0].GetSegments()[topologyKey]; got != "here" {
		t.Errorf("the volume is said to be on %q", got)
	}
}

func TestItsBytesAreReallyThere(t *testing.T) {
	d := testDriver(t)
	create(t, d, volumeRequest("pvc-1", smallest))
	size, blocks, err := usage(d.volumes.image("pvc-1"))
	if err != nil {
		t.Fatal(err)
	}
	if size != imageBytes(smallest) || blocks < size {
		t.Errorf("size %d, on disk %d, want %d", size, blocks, imageBytes(smallest))
	}
}

func TestTheSameNameWithAnotherSizeIsRefused(t *testing.T) {
	d := testDriver(t)
	create(t, d, volumeRequest("pvc-1", smallest))
	_, err := d.CreateVolume(context.Background(), volumeRequest("pvc-1", 2*smallest))
	wantCode(t, err, codes.AlreadyExists, "other properties")
}

func TestAnInterruptedCreationIsBegunAgain(t *testing.T) {
	d := testDriver(t)
	works := d.format
	d.format = func(context.Context, string) error { return errors.New("killed") }
	_, err := d.CreateVolume(context.Background(), volumeRequest("pvc-1", smallest))
	wantCode(t, err, codes.Internal, "killed")
	if left, _ := filepath.Glob(filepath.Join(d.volumes.folder, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	d.format = works
	create(t, d, volumeRequest("pvc-1", smallest))
}

func TestWhatCannotBeMadeIsRefusedWithItsReason(t *testing.T) {
	d := testDriver(t)
	for text, change := range map[string]func(*csi.CreateVolumeRequest){
		"belongs to one node": func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities = []*csi.VolumeCapability{capability(csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER, "")}
		},
		"only xfs": func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities = []*csi.VolumeCapability{capability(csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER, "ext4")}
		},
		"no block volumes": func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities[0].AccessType = &csi.VolumeCapability_Block{}
		},
		"needs a name":         func(r *csi.CreateVolumeRequest) { r.Name = "" },
		"no volume capability": func(r *csi.CreateVolumeRequest) { r.VolumeCapabilities = nil },
	} {
		request := volumeRequest("pvc-1", smallest)
		change(request)
		_, err := d.CreateVolume(context.Background(), request)
		wantCode(t, err, codes.InvalidArgument, text)
	}
	elsewhere := volumeRequest("pvc-1", smallest)
	elsewhere.AccessibilityRequirements = &csi.TopologyRequirement{
		Requisite: []*csi.Topology{{Segments: map[string]string{topologyKey: "there"}}},
	}
	_, err := d.CreateVolume(context.Background(), elsewhere)
	wantCode(t, err, codes.ResourceExhausted, "cannot be reached")
}

func snapshot(t *testing.T, d *driver, name, volume string) *csi.Snapshot {
	t.Helper()
	response, err := d.CreateSnapshot(context.Background(), &csi.CreateSnapshotRequest{Name: name, SourceVolumeId: volume})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetSnapshot()
}

func restore(name, id string, bytes int64) *csi.CreateVolumeRequest {
	request := volumeRequest(name, bytes)
	request.VolumeContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Snapshot{
		Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: id},
	}}
	return request
}

func TestASnapshotKeepsItsMomentAndIsRestoredLarger(t *testing.T) {
	d := testDriver(t)
	create(t, d, volumeRequest("pvc-1", smallest))
	taken := snapshot(t, d, "snapshot-1", "pvc-1")
	if err := writeAt(d.volumes.image("pvc-1"), "changed!!"); err != nil {
		t.Fatal(err)
	}
	again := snapshot(t, d, "snapshot-1", "pvc-1")
	if !again.GetCreationTime().AsTime().Equal(taken.GetCreationTime().AsTime()) {
		t.Error("the second call took another snapshot")
	}
	restored := create(t, d, restore("pvc-2", taken.GetSnapshotId(), 2*smallest))
	if restored.GetCapacityBytes() != 2*smallest || begins(t, d.volumes.image("pvc-2")) != "formatted" {
		t.Errorf("restored %d bytes that begin with %q", restored.GetCapacityBytes(), begins(t, d.volumes.image("pvc-2")))
	}
	size, blocks, err := usage(d.volumes.image("pvc-2"))
	if err != nil || blocks < size {
		t.Errorf("of %d bytes %d are on disk (%v)", size, blocks, err)
	}
	if _, blocks, _ := usage(d.snapshots.image("snapshot-1")); blocks > mebibyte {
		t.Errorf("a snapshot of 9 bytes takes %d", blocks)
	}
}

func TestASnapshotOfAnotherNodeSendsThePodElsewhere(t *testing.T) {
	d := testDriver(t)
	_, err := d.CreateVolume(context.Background(), restore("pvc-2", "snapshot-9", smallest))
	wantCode(t, err, codes.ResourceExhausted, "place the pod on the node of the snapshot")
}

func TestASnapshotOfNothingIsNotFound(t *testing.T) {
	d := testDriver(t)
	_, err := d.CreateSnapshot(context.Background(), &csi.CreateSnapshotRequest{Name: "s", SourceVolumeId: "pvc-9"})
	wantCode(t, err, codes.NotFound, "does not exist")
}

func TestADeletedVolumeLeavesNothingAndMayBeDeletedAgain(t *testing.T) {
	d := testDriver(t)
	create(t, d, volumeRequest("pvc-1", smallest))
	for range 2 {
		if _, err := d.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: "pvc-1"}); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(d.volumes.folder, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnIdNeverLeadsOutOfTheFolder(t *testing.T) {
	d := testDriver(t)
	victim := filepath.Join(filepath.Dir(d.volumes.folder), "victim.img")
	if err := os.WriteFile(victim, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DeleteVolume(context.Background(), &csi.DeleteVolumeRequest{VolumeId: "../victim"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(victim); err != nil {
		t.Error("a file outside of the folder was deleted")
	}
	if id := identify("../victim"); !plainName.MatchString(id) || id != identify("../victim") {
		t.Errorf("the id %q is not plain or not stable", id)
	}
}
