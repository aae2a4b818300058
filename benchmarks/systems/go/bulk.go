package main

import "net"

// mover moves bytes in one direction, at most a buffer at a time.
type mover struct {
	connection net.Conn
	buffer     []byte
	bytes      int
	move       func(net.Conn, []byte) (int, error)
}

func (m *mover) moveAll(left int) error {
	for left > 0 {
		piece := m.buffer
		if left < len(piece) {
			piece = piece[:left]
		}
		moved, err := m.move(m.connection, piece)
		if err != nil {
			return err
		}
		left -= moved
	}
	return nil
}

func (m *mover) warmUp() error { return m.moveAll(m.bytes / 10) }
func (m *mover) run() error    { return m.moveAll(m.bytes) }

func send(connection net.Conn, piece []byte) (int, error) {
	return len(piece), writeAll(connection, piece)
}

func bulk(_ *system, asked command) (string, error) {
	pairs, err := connectPairs(1)
	defer func() { closePairs(pairs) }()
	if err != nil {
		return "", err
	}
	size, bytes := asked["size"], asked["bytes"]
	return measure([]party{
		&mover{pairs[0].client, make([]byte, size), bytes, send},
		&mover{pairs[0].server, make([]byte, size), bytes, readSome},
	})
}
