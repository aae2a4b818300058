package main

import "net"

// player is an end of a connection that takes turns with the other.
type player struct {
	connection net.Conn
	buffer     []byte
	count      int
	turns      []func(net.Conn, []byte) error
}

func (p *player) play(rounds int) error {
	for i := 0; i < rounds; i++ {
		for _, turn := range p.turns {
			if err := turn(p.connection, p.buffer); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *player) warmUp() error { return p.play(p.count / 10) }
func (p *player) run() error    { return p.play(p.count) }

func pingPong(_ *system, asked command) (string, error) {
	pairs, err := connectPairs(asked["pairs"])
	defer func() { closePairs(pairs) }()
	if err != nil {
		return "", err
	}
	type turns = []func(net.Conn, []byte) error
	var players []party
	for _, each := range pairs {
		size, count := asked["size"], asked["count"]
		players = append(players,
			&player{each.client, make([]byte, size), count, turns{writeAll, readFull}},
			&player{each.server, make([]byte, size), count, turns{readFull, writeAll}})
	}
	return measure(players)
}
