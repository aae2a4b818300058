package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// served is all connections of a `serve`, each with a goroutine that sends everything back.
type served struct {
	done     sync.WaitGroup
	failures chan error
	cpu      time.Duration // when all were accepted
}

func echo(connection net.Conn) error {
	defer connection.Close()
	buffer := make([]byte, 64)
	for {
		// The end of the stream is io.EOF only where no message is cut short.
		if err := readFull(connection, buffer); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := writeAll(connection, buffer); err != nil {
			return err
		}
	}
}

func (s *served) serve(connection net.Conn) {
	defer s.done.Done()
	if err := echo(connection); err != nil {
		s.failures <- err
	}
}

func serve(s *system, asked command) (string, error) {
	if s.served != nil {
		return "", errors.New("serving already")
	}
	listener, err := listen()
	if err != nil {
		return "", err
	}
	defer listener.Close()
	announce(listener)

	all := &served{failures: make(chan error, asked["count"])}
	for i := 0; i < asked["count"]; i++ {
		connection, err := accept(listener)
		if err != nil {
			return "", err
		}
		all.done.Add(1)
		go all.serve(connection)
	}
	all.cpu = cpuTime()
	s.served = all
	return "serving", nil
}

func stop(s *system, _ command) (string, error) {
	all := s.served
	if all == nil {
		return "", errors.New("nothing is served")
	}
	s.served = nil
	all.done.Wait()
	cpu := cpuTime() - all.cpu
	close(all.failures)
	return fmt.Sprintf("cpu=%.9f", cpu.Seconds()), <-all.failures
}
