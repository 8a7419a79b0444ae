package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// output writes whole lines from many goroutines.
type output struct {
	mutex sync.Mutex
	to    io.Writer
}

// line writes a value as one line of JSON.
func (o *output) line(value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	_, err = o.to.Write(append(data, '\n'))
	return err
}

// milliseconds says how long ago something began, with three decimals.
func milliseconds(begun time.Time) float64 {
	return float64(time.Since(begun).Microseconds()) / 1000
}

// stamp writes a moment so that lines of several nodes can be put in order.
func stamp(moment time.Time) string { return moment.UTC().Format(time.RFC3339Nano) }
