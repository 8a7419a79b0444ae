package main

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// locks lets one call at a time work on a volume or snapshot.
type locks struct {
	mutex sync.Mutex
	held  map[string]chan struct{}
}

// take waits for an id and returns what gives it back.
func (l *locks) take(ctx context.Context, id string) (func(), error) {
	for {
		l.mutex.Lock()
		busy, ok := l.held[id]
		if !ok {
			if l.held == nil {
				l.held = map[string]chan struct{}{}
			}
			mine := make(chan struct{})
			l.held[id] = mine
			l.mutex.Unlock()
			return func() {
				l.mutex.Lock()
				delete(l.held, id)
				l.mutex.Unlock()
				close(mine)
			}, nil
		}
		l.mutex.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, status.Errorf(codes.Aborted, "another operation on %s is under way", id)
		}
	}
}
