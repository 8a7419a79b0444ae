package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const mebibyte = 1 << 20

// held is the line for one step of growth.
type held struct {
	T   string `json:"t"`
	MiB int    `json:"mib"`
}

// holdMemory grows step by step to a bound and keeps what it has.
func holdMemory(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("hold-memory")
	var groups list
	bound := flags.Int("mib", 64, "never hold more than this")
	step := flags.Int("step", 8, "MiB to grow by at once")
	interval := flags.Duration("interval", 20*time.Millisecond, "between two steps")
	duration := flags.Duration("duration", time.Minute, "give everything back after this time")
	flags.Var(&groups, "join", "a cgroup.procs file: enter this control group before growing; may be repeated")
	score := flags.String("oom-score-adj", "", "whom the kernel prefers to kill; below the inherited value it takes CAP_SYS_RESOURCE")
	pid := flags.Int("until-exit-of", 0, "end when this process has ended")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if *bound < 1 || *step < 1 || *interval <= 0 {
		return usageError{"hold-memory: --mib, --step and --interval must be above 0"}
	}
	ctx, cancel := context.WithTimeout(ctx, *duration)
	defer cancel()
	if *pid != 0 {
		if err := endWith(cancel, *pid); err != nil {
			return err
		}
	}
	if err := enter(groups, *score); err != nil {
		return err
	}
	return grow(ctx, out, *bound, *step, *interval)
}

// enter moves this process into control groups.
func enter(groups []string, score string) error {
	if score != "" {
		if err := os.WriteFile("/proc/self/oom_score_adj", []byte(score), 0); err != nil {
			return err
		}
	}
	for _, group := range groups {
		if err := os.WriteFile(group, []byte(strconv.Itoa(os.Getpid())), 0); err != nil {
			return fmt.Errorf("enter %s: %w", group, err)
		}
	}
	return nil
}

// endWith calls `end` when a process has ended.
func endWith(end func(), pid int) error {
	descriptor, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("process %d: %w", pid, err)
	}
	go func() {
		defer unix.Close(descriptor)
		for {
			_, err := unix.Poll([]unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}, -1)
			if !errors.Is(err, unix.EINTR) {
				end()
				return
			}
		}
	}()
	return nil
}

func grow(ctx context.Context, out *output, bound, step int, interval time.Duration) error {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for total := 0; total < bound; {
		size := min(step, bound-total)
		memory, err := unix.Mmap(-1, 0, size*mebibyte, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return fmt.Errorf("%d MiB more than %d: %w", size, total, err)
		}
		for at := 0; at < len(memory); at += os.Getpagesize() {
			memory[at] = 1
		}
		total += size
		if err := out.line(held{T: stamp(time.Now()), MiB: total}); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
	<-ctx.Done()
	return nil
}
