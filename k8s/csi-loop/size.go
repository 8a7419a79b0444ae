package main

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/container-storage-interface/spec/lib/go/csi"
)

const (
	mebibyte = int64(1) << 20

	// smallest is the least a volume holds: XFS refuses devices below 300 MiB.
	smallest = 256 * mebibyte

	// fixedOverhead is what XFS keeps for itself whatever the size: its log (64 MiB)
	// and its first tables.
	fixedOverhead = 96 * mebibyte

	// overheadShare is the part of the rest that goes into tables and reserves.
	overheadShare = 32
)

// imageBytes returns how large an image must be so that a file system in it can hold
// one file of `capacity` bytes.
func imageBytes(capacity int64) int64 {
	bytes := capacity + capacity/overheadShare + fixedOverhead
	return (bytes + mebibyte - 1) / mebibyte * mebibyte
}

// capacityFor returns the capacity that a volume asked for with `asked` gets.
func capacityFor(asked *csi.CapacityRange) (int64, error) {
	required, limit := asked.GetRequiredBytes(), asked.GetLimitBytes()
	if required < 0 || limit < 0 {
		return 0, status.Error(codes.InvalidArgument, "a size must not be negative")
	}
	if limit > 0 && required > limit {
		return 0, status.Errorf(codes.InvalidArgument, "%d bytes are required, but %d is the limit", required, limit)
	}
	capacity := max(required, smallest)
	if limit > 0 && capacity > limit {
		return 0, status.Errorf(codes.OutOfRange, "the smallest volume has %d bytes, above the limit of %d", smallest, limit)
	}
	return capacity, nil
}

// holds says whether a volume of `capacity` bytes answers what was asked for.
func holds(capacity int64, asked *csi.CapacityRange) bool {
	limit := asked.GetLimitBytes()
	return capacity >= asked.GetRequiredBytes() && (limit == 0 || capacity <= limit)
}
