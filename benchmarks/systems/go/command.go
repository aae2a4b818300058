package main

import (
	"fmt"
	"strconv"
	"strings"
)

// command holds the numbers of a command: `size=64` is command["size"] == 64.
type command map[string]int

// parseCommand returns a command in which every key of `needs` has a number above zero. Other keys
// are none of ours.
func parseCommand(pairs string, needs []string) (command, error) {
	text := map[string]string{}
	for _, pair := range strings.Fields(pairs) {
		key, value, _ := strings.Cut(pair, "=")
		text[key] = value
	}
	numbers := command{}
	for _, key := range needs {
		number, err := strconv.Atoi(text[key])
		if err != nil || number <= 0 {
			return nil, fmt.Errorf("%s must be a number above zero, not '%s'", key, text[key])
		}
		numbers[key] = number
	}
	return numbers, nil
}
