package main

import (
	"errors"
	"net"
)

var greeting = [1]byte{'x'}

type dialler struct {
	address net.Addr
	count   int
}

func (d *dialler) warmUp() error { return d.dial(d.count / 10) }
func (d *dialler) run() error    { return d.dial(d.count) }

func (d *dialler) dial(times int) error {
	for i := 0; i < times; i++ {
		connection, err := dial(d.address)
		if err != nil {
			return err
		}
		var got [1]byte
		err = readFull(connection, got[:])
		connection.Close()
		if err != nil {
			return err
		}
		if got != greeting {
			return errors.New("another byte was read")
		}
	}
	return nil
}

type greeter struct {
	listener *net.TCPListener
	count    int
}

func (g *greeter) warmUp() error { return g.greet(g.count / 10) }
func (g *greeter) run() error    { return g.greet(g.count) }

func (g *greeter) greet(times int) error {
	for i := 0; i < times; i++ {
		connection, err := accept(g.listener)
		if err != nil {
			return err
		}
		err = writeAll(connection, greeting[:])
		connection.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func connect(_ *system, asked command) (string, error) {
	listener, err := listen()
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return measure([]party{
		&dialler{listener.Addr(), asked["count"]},
		&greeter{listener, asked["count"]},
	})
}
