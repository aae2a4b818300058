package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// parked is all connections of a `park`, each with a goroutine that reads.
type parked struct {
	connections []net.Conn
	returned    sync.WaitGroup
	failures    chan error
}

// read waits for what never comes, until it is cancelled.
func (p *parked) read(connection net.Conn, ready *sync.WaitGroup) {
	defer p.returned.Done()
	err := connection.SetDeadline(time.Now().Add(time.Hour))
	ready.Done()
	if err == nil {
		var buffer [1]byte
		_, err = connection.Read(buffer[:])
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		p.failures <- fmt.Errorf("a read that should be cancelled: %v", err)
	}
}

// cancel is how Go's users end a read from outside: a deadline that has passed already.
func (p *parked) cancel() error {
	past := time.Unix(1, 0)
	for _, connection := range p.connections {
		if err := connection.SetDeadline(past); err != nil {
			return err
		}
	}
	return nil
}

// close ends what is still pending, too, and returns what went wrong in any read.
func (p *parked) close() error {
	for _, connection := range p.connections {
		connection.Close()
	}
	p.returned.Wait()
	close(p.failures)
	return <-p.failures
}

func park(s *system, asked command) (string, error) {
	if s.parked != nil {
		return "", errors.New("parked already")
	}
	listener, err := listen()
	if err != nil {
		return "", err
	}
	defer listener.Close()
	announce(listener)

	p := &parked{failures: make(chan error, asked["count"])}
	var ready sync.WaitGroup
	for len(p.connections) < asked["count"] {
		connection, err := accept(listener)
		if err != nil {
			p.close()
			return "", err
		}
		p.connections = append(p.connections, connection)
		ready.Add(1)
		p.returned.Add(1)
		go p.read(connection, &ready)
	}
	ready.Wait()
	time.Sleep(100 * time.Millisecond) // for the last ones, which were ready just before the read
	s.parked = p
	return "parked", nil
}

func cancel(s *system, _ command) (string, error) {
	p := s.parked
	if p == nil {
		return "", errors.New("nothing is parked")
	}
	s.parked = nil
	from := startSpan()
	err := p.cancel()
	if err != nil {
		p.close()
		return "", err
	}
	p.returned.Wait()
	text := from.end()
	return text, p.close()
}
