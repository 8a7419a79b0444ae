package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// CometBFT ends itself at its nth fail point when FAIL_TEST_INDEX is n.  Applying a block
// passes four of them, and a height of consensus eleven.
const (
	failIndex        = "FAIL_TEST_INDEX"
	pointsPerBlock   = 4
	pointsPerHeight  = 11
	longestComplaint = 300
)

var (
	executed  = regexp.MustCompile(`executed block`)
	switched  = regexp.MustCompile(`SwitchToConsensus`)
	complaint = regexp.MustCompile(`(?i)^panic:|CONSENSUS FAILURE|error during handshake|wrong Block\.Header\.AppHash`)
	failed    = regexp.MustCompile(`\*\*\* fail-test (\d+) \*\*\*`)
)

// crash is the line for one run of the node: at which fail point it ended itself.
type crash struct {
	T        string  `json:"t"`
	Seconds  float64 `json:"seconds"`
	Index    int     `json:"index"`
	Exit     int     `json:"exit"`
	Reached  bool    `json:"reached"`  // it ended at its fail point
	Switched bool    `json:"switched"` // which it had reached in consensus
	Point    int     `json:"point"`    // counted from the switch to consensus
	Synced   int     `json:"synced"`   // blocks that it had executed before
	Problem  string  `json:"problem,omitempty"`
}

// crashAtPoints starts a node again and again, each time with another fail point, until
// each point of a whole height of consensus was met.
func crashAtPoints(ctx context.Context, out *output, arguments []string) error {
	flags := newFlags("crash-points")
	var before list
	flags.Var(&before, "index", "a fail point to meet first, whatever phase it lies in")
	most := flags.Int("most", 45, "how many starts at most")
	within := flags.Duration("within", time.Minute, "for one start")
	if err := flags.Parse(arguments); err != nil {
		return usageError{err.Error()}
	}
	if flags.NArg() == 0 {
		return usageError{"crash-points: the node's command is missing"}
	}
	var indices []int
	for _, text := range before {
		var index int
		if _, err := fmt.Sscan(text, &index); err != nil {
			return usageError{fmt.Sprintf("crash-points: %q is no index", text)}
		}
		indices = append(indices, index)
	}
	met := map[int]bool{}
	synced := 2 // a guess, until the first run has told
	for number := 0; number < *most && len(met) < pointsPerHeight && ctx.Err() == nil; number++ {
		index := synced*pointsPerBlock + lowest(met)
		if number < len(indices) {
			index = indices[number]
		}
		result := crashOnce(ctx, flags.Args(), index, *within)
		if result.Switched {
			synced = result.Synced
		} else if result.Reached && number >= len(indices) {
			synced++ // the point lay before the switch
		}
		if result.Reached && result.Switched && result.Point >= 0 {
			met[result.Point%pointsPerHeight] = true
		}
		if err := out.line(result); err != nil {
			return err
		}
		if result.Problem != "" {
			break
		}
	}
	return out.line(map[string]any{"summary": true, "points": len(met)})
}

// lowest is the first point of a height that was not met.
func lowest(met map[int]bool) int {
	for point := range pointsPerHeight {
		if !met[point] {
			return point
		}
	}
	return 0
}

// crashOnce runs the node until it ends itself, and reads its log for what it was at.
func crashOnce(ctx context.Context, argv []string, index int, within time.Duration) crash {
	begun := time.Now()
	result := crash{T: stamp(begun), Index: index}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	node := exec.CommandContext(ctx, argv[0], argv[1:]...)
	node.Env = append(os.Environ(), fmt.Sprintf("%s=%d", failIndex, index))
	node.Cancel = func() error { return node.Process.Signal(syscall.SIGKILL) }
	reader, writer := io.Pipe()
	node.Stdout, node.Stderr = writer, writer
	done := make(chan struct{})
	go func() {
		defer close(done)
		result.read(reader)
	}()
	err := node.Run()
	writer.Close()
	<-done
	result.Seconds = time.Since(begun).Seconds()
	result.Exit = node.ProcessState.ExitCode()
	if err != nil && node.ProcessState == nil {
		result.Problem = err.Error()
	}
	if ctx.Err() != nil && result.Problem == "" {
		result.Problem = fmt.Sprintf("the fail point %d was not met in %s", index, within)
	}
	if !result.Reached && result.Problem == "" {
		result.Problem = fmt.Sprintf("it ended with %d and no fail point: %v", result.Exit, errors.Join(err))
	}
	return result
}

// read takes what matters from a node's log.
func (c *crash) read(log io.Reader) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case failed.MatchString(line):
			c.Reached = true
		case switched.MatchString(line):
			c.Switched = true
		case complaint.MatchString(line) && c.Problem == "":
			c.Problem = strings.TrimSpace(line[:min(len(line), longestComplaint)])
		case executed.MatchString(line) && !c.Switched:
			c.Synced++
		}
	}
	// A longer line than that ends the scan; the node must not wait for a reader.
	_, _ = io.Copy(io.Discard, log)
	c.Point = c.Index - c.Synced*pointsPerBlock
}

// copySelf puts this program where another container can start it.
func copySelf(_ context.Context, out *output, arguments []string) error {
	flags := newFlags("copy-self")
	to := flags.String("to", "", "the new file")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	content, err := os.ReadFile(own)
	if err != nil {
		return err
	}
	if err := os.WriteFile(*to, content, 0o755); err != nil {
		return err
	}
	return out.line(map[string]string{"copied": *to})
}
