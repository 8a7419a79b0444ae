package node

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLaterThreadsInheritTheSlack(t *testing.T) {
	if err := relaxTimers(); err != nil {
		t.Fatal(err)
	}
	const threads = 4
	seen := make(chan int)
	for range threads {
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			slack, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
			if err != nil {
				t.Error(err)
			}
			seen <- slack
		}()
	}
	for range threads {
		if slack := <-seen; slack != timerSlack {
			t.Errorf("a thread has %d ns of slack, want %d", slack, timerSlack)
		}
	}
}
