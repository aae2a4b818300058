package main

import (
	"bytes"
	"errors"
	"net"
)

type asker struct {
	connection      net.Conn
	question, reply []byte
	count           int
}

func (a *asker) ask(times int) error {
	for i := 0; i < times; i++ {
		if err := writeAll(a.connection, a.question); err != nil {
			return err
		}
		if err := readFull(a.connection, a.reply); err != nil {
			return err
		}
	}
	return nil
}

// warmUp also checks what comes back, so that the clock need not run meanwhile.
func (a *asker) warmUp() error {
	if err := a.ask(a.count / 10); err != nil {
		return err
	}
	if a.count >= 10 && !bytes.Equal(a.reply, a.question) {
		return errors.New("other bytes came back")
	}
	return nil
}

func (a *asker) run() error { return a.ask(a.count) }

type replier struct {
	connection net.Conn
	buffer     []byte
	count      int
}

func (r *replier) reply(times int) error {
	for i := 0; i < times; i++ {
		if err := readFull(r.connection, r.buffer); err != nil {
			return err
		}
		if err := writeAll(r.connection, r.buffer); err != nil {
			return err
		}
	}
	return nil
}

func (r *replier) warmUp() error { return r.reply(r.count / 10) }
func (r *replier) run() error    { return r.reply(r.count) }

func pingPong(_ *system, asked command) (string, error) {
	pairs, err := connectPairs(asked["pairs"])
	defer func() { closePairs(pairs) }()
	if err != nil {
		return "", err
	}
	size, count := asked["size"], asked["count"]
	var parties []party
	for _, each := range pairs {
		question := bytes.Repeat([]byte{'x'}, size)
		parties = append(parties,
			&asker{each.client, question, make([]byte, size), count},
			&replier{each.server, make([]byte, size), count})
	}
	return measure(parties)
}
