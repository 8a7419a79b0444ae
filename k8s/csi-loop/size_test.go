package main

import (
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const gibibyte = 1 << 30

func TestImageLeavesRoomForWhatXFSKeeps(t *testing.T) {
	for _, capacity := range []int64{smallest, gibibyte, 100 * gibibyte} {
		image := imageBytes(capacity)
		if image%mebibyte != 0 || image%sector != 0 {
			t.Errorf("image of %d for %d is not whole MiB", image, capacity)
		}
		if image < 300*mebibyte {
			t.Errorf("mkfs.xfs refuses %d bytes", image)
		}
		if room := image - capacity; room < capacity/50+80*mebibyte {
			t.Errorf("only %d bytes of room in the image for %d", room, capacity)
		}
	}
}

func TestImageGrowsByAtLeastWhatTheClaimGrows(t *testing.T) {
	if grown := imageBytes(3*gibibyte) - imageBytes(2*gibibyte); grown < gibibyte {
		t.Errorf("a claim that grew by 1 GiB got %d bytes", grown)
	}
}

func TestCapacityFor(t *testing.T) {
	for name, each := range map[string]struct {
		required, limit, want int64
		code                  codes.Code
	}{
		"as asked":             {required: gibibyte, want: gibibyte},
		"nothing asked":        {want: smallest},
		"small":                {required: 1, want: smallest},
		"within the limit":     {required: gibibyte, limit: gibibyte, want: gibibyte},
		"limit below smallest": {required: 1, limit: 2, code: codes.OutOfRange},
		"limit below required": {required: 3, limit: 2, code: codes.InvalidArgument},
		"negative":             {required: -1, code: codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := capacityFor(&csi.CapacityRange{RequiredBytes: each.required, LimitBytes: each.limit})
			if status.Code(err) != each.code || got != each.want {
				t.Errorf("got %d, %v; want %d, %s", got, err, each.want, each.code)
			}
		})
	}
}
