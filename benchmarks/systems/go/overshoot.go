package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// lateness is how much later than `timeout` from now a read returned that nothing arrives for.
func lateness(connection net.Conn, timeout time.Duration) (time.Duration, error) {
	start := time.Now()
	if err := connection.SetDeadline(start.Add(timeout)); err != nil {
		return 0, err
	}
	var buffer [1]byte
	_, err := connection.Read(buffer[:])
	late := time.Since(start) - timeout
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, fmt.Errorf("a read that should time out: %v", err)
	}
	return late, nil
}

func overshoot(_ *system, asked command) (string, error) {
	pairs, err := connectPairs(1)
	defer func() { closePairs(pairs) }()
	if err != nil {
		return "", err
	}
	timeout := time.Duration(asked["timeout_us"]) * time.Microsecond
	var times []string
	for i := 0; i < asked["count"]; i++ {
		late, err := lateness(pairs[0].client, timeout)
		if err != nil {
			return "", err
		}
		times = append(times, fmt.Sprintf("%.3f", float64(late)/float64(time.Microsecond)))
	}
	return "late_us=" + strings.Join(times, ","), nil
}
