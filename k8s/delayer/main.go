// Command roadmap-delayer makes the network of one pod slower. It runs inside
// the pod's network namespace, entered from the pod's machine.
//
//	roadmap-delayer hold --queue=1 --delay=50ms --report=FILE
//	roadmap-delayer connect --count=5 ADDRESS:PORT...
//
// hold takes the packets that a rule sends to an NFQUEUE, and lets each go on
// after the delay. SIGUSR1: drop from now on, those that are held as well;
// SIGUSR2: delay again; SIGTERM: let everything go and end.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("hold or connect?"))
	}
	var err error
	switch command, arguments := os.Args[1], os.Args[2:]; command {
	case "hold":
		err = hold(arguments)
	case "connect":
		err = connect(arguments)
	default:
		err = fmt.Errorf("there is no %q: hold or connect", command)
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "roadmap-delayer:", err)
	os.Exit(1)
}

func hold(arguments []string) error {
	flags := flag.NewFlagSet("hold", flag.ExitOnError)
	number := flags.Uint("queue", 1, "number of the NFQUEUE")
	var plan Plan
	flags.DurationVar(&plan.Delay, "delay", 0, "how long a packet is held")
	flags.DurationVar(&plan.Jitter, "jitter", 0, "by how much that differs at most, either way")
	flags.Uint64Var(&plan.Seed, "seed", 1, "of the generator that draws the difference")
	to := flags.String("to", "", "destinations that SIGUSR1 is about, comma-separated; empty: all")
	soon := flags.String("soon", "", "destinations whose packets are not held, comma-separated")
	report := flags.String("report", "", "file for the report")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	var err error
	if plan.To, err = addresses(*to); err != nil {
		return err
	}
	if plan.Soon, err = addresses(*soon); err != nil {
		return err
	}
	queue, err := Open(uint16(*number))
	if err != nil {
		return err
	}
	defer queue.Close()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTERM, syscall.SIGINT)
	holder := NewHolder(plan, queue.Verdict)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- queue.Read(holder.Take) }()
	go func() { holder.Run(ctx); ended <- nil }()
	return obey(signals, ended, cancel, holder, *report)
}

// obey does what signals say until one of them, or an error, ends the program.
func obey(signals <-chan os.Signal, ended <-chan error, cancel func(), holder *Holder, report string) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	if err := write(report, holder.Report()); err != nil {
		return err
	}
	for {
		select {
		case got := <-signals:
			switch got {
			case syscall.SIGUSR1:
				holder.Drop(true)
			case syscall.SIGUSR2:
				holder.Drop(false)
			default:
				cancel()
				<-ended
				return write(report, holder.Report())
			}
		case err := <-ended:
			return err
		case <-again.C:
		}
		if err := write(report, holder.Report()); err != nil {
			return err
		}
	}
}

// write replaces the report in one step, so that no reader finds half of it.
func write(file string, report Report) error {
	if file == "" {
		return nil
	}
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".part", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

func addresses(list string) (map[netip.Addr]bool, error) {
	found := map[netip.Addr]bool{}
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		found[address] = true
	}
	return found, nil
}
