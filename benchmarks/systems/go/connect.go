package main

import "net"

type dialler struct {
	address net.Addr
	count   int
}

func (d *dialler) warmUp() error { return nil }

func (d *dialler) run() error {
	for i := 0; i < d.count; i++ {
		connection, err := dial(d.address)
		if err != nil {
			return err
		}
		var greeting [1]byte
		err = readFull(connection, greeting[:])
		connection.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

type greeter struct {
	listener *net.TCPListener
	count    int
}

func (g *greeter) warmUp() error { return nil }

func (g *greeter) run() error {
	for i := 0; i < g.count; i++ {
		connection, err := accept(g.listener)
		if err != nil {
			return err
		}
		err = writeAll(connection, []byte{1})
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
