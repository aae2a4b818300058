package main

import (
	"fmt"
	"sync"
	"syscall"
	"time"
)

// party is one end of a connection at work, in a goroutine of its own.
type party interface {
	warmUp() error // before the start line
	run() error    // after it
}

// measure lets all parties warm up, wait at the start line and run, and answers how long the last
// step took from the first party's start to the last one's end.
func measure(parties []party) (string, error) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	failures := make(chan error, len(parties))
	for _, each := range parties {
		ready.Add(1)
		done.Add(1)
		go func(each party) {
			defer done.Done()
			err := each.warmUp()
			ready.Done()
			<-start
			if err == nil {
				err = each.run()
			}
			if err != nil {
				failures <- err
			}
		}(each)
	}
	ready.Wait()
	from := startSpan()
	close(start)
	done.Wait()
	text := from.end()
	close(failures)
	return text, <-failures
}

// span is a stretch of real time, and of the processor time of the process meanwhile.
type span struct {
	start time.Time
	cpu   time.Duration
}

func startSpan() span {
	return span{start: time.Now(), cpu: cpuTime()}
}

// end answers in the contract's words.
func (s span) end() string {
	cpu := cpuTime() - s.cpu
	return fmt.Sprintf("seconds=%.9f cpu=%.9f", time.Since(s.start).Seconds(), cpu.Seconds())
}

// cpuTime is the time that all threads of the process have used, in user and in system mode.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // cannot fail with these arguments
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
