package main

import (
	"fmt"
	"io"
	"net"
	"time"
)

// timeout bounds every operation that the contract does not say otherwise for.
const timeout = 5 * time.Second

// Go has no timeouts but deadlines, which stay until they are set anew: so each operation sets its
// own. TCP_NODELAY is on from the start.

func readFull(connection net.Conn, buffer []byte) error {
	if err := connection.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err := io.ReadFull(connection, buffer)
	return err
}

func readSome(connection net.Conn, buffer []byte) (int, error) {
	if err := connection.SetDeadline(time.Now().Add(timeout)); err != nil {
		return 0, err
	}
	return connection.Read(buffer)
}

func writeAll(connection net.Conn, buffer []byte) error {
	if err := connection.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err := connection.Write(buffer)
	return err
}

func accept(listener *net.TCPListener) (net.Conn, error) {
	if err := listener.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	return listener.Accept()
}

func dial(address net.Addr) (net.Conn, error) {
	return net.DialTimeout("tcp", address.String(), timeout)
}

func listen() (*net.TCPListener, error) {
	return net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
}

// announce tells the driver where to connect to.
func announce(listener *net.TCPListener) {
	answer(fmt.Sprintf("port=%d", listener.Addr().(*net.TCPAddr).Port))
}

// pair is both ends of one connection.
type pair struct {
	client, server net.Conn
}

func (p pair) close() {
	p.client.Close()
	p.server.Close()
}

func connectPair(listener *net.TCPListener) (pair, error) {
	client, err := dial(listener.Addr())
	if err != nil {
		return pair{}, err
	}
	server, err := accept(listener)
	if err != nil {
		client.Close()
		return pair{}, err
	}
	return pair{client, server}, nil
}

// connectPairs makes `count` connections. It returns those that it made also with an error, for
// the caller to close.
func connectPairs(count int) ([]pair, error) {
	listener, err := listen()
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	var pairs []pair
	for len(pairs) < count {
		next, err := connectPair(listener)
		if err != nil {
			return pairs, err
		}
		pairs = append(pairs, next)
	}
	return pairs, nil
}

func closePairs(pairs []pair) {
	for _, each := range pairs {
		each.close()
	}
}
