// bench-go is Go's net package as a system under test; benchmarks/README.md has the contract.
//
// Go cannot pin a goroutine: it keeps to the processors that the process was given, from which the
// runtime takes GOMAXPROCS as it starts. So `pin` has no effect here.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
)

// system is what one command leaves to the next.
type system struct {
	parked *parked
	served *served
}

// workload carries out one command and returns its (last) answer.
type workload struct {
	needs []string
	run   func(*system, command) (string, error)
}

var workloads = map[string]workload{
	"hello":     {nil, hello},
	"ping-pong": {[]string{"pairs", "size", "count"}, pingPong},
	"bulk":      {[]string{"size", "bytes"}, bulk},
	"connect":   {[]string{"count"}, connect},
	"overshoot": {[]string{"timeout_us", "count"}, overshoot},
	"park":      {[]string{"count"}, park},
	"cancel":    {nil, cancel},
	"serve":     {[]string{"count"}, serve},
	"stop":      {nil, stop},
}

var errUnsupported = errors.New("unsupported")

func hello(*system, command) (string, error) {
	return "system=go", nil
}

func (s *system) carryOut(line string) (string, error) {
	word, pairs, _ := strings.Cut(strings.TrimSpace(line), " ")
	work, known := workloads[word]
	if !known {
		return "", errUnsupported
	}
	asked, err := parseCommand(pairs, work.needs)
	if err != nil {
		return "", err
	}
	return work.run(s, asked)
}

// answer writes straight to the pipe: an answer that waited in a buffer would be waited for.
func answer(text string) {
	fmt.Fprintln(os.Stdout, strings.ReplaceAll(text, "\n", " "))
}

func main() {
	var s system
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		text, err := s.carryOut(lines.Text())
		switch {
		case errors.Is(err, errUnsupported):
			answer("unsupported")
		case err != nil:
			answer("failed " + err.Error())
			os.Exit(1)
		default:
			answer(text)
		}
	}
}
