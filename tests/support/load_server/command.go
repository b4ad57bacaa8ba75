// SPDX-License-Identifier: MIT
// The commands: what a host does, without a process.
//
//	exit N              ends with status N; `true` and `false` are there, too
//	echo WORDS          prints them
//	address             prints the host's own
//	print N             prints N bytes, in lines of 80
//	lines N SIZE        prints N lines of SIZE bytes, the line feed among them
//	odd K N             prints N numbered lines of 80 bytes, and in the first K sessions with this command the host's own
//	                    address in each of them
//	sleep S             ends after S seconds (a decimal number), or by a signal
//	hang                never ends, but by a signal
//	die NAME            ends as if by signal NAME
//	silent              closes its channel without a status
//	fail K of N COMMAND of N sessions with this command the K-th ends with status 1 as soon as all have come; the
//	                    others run COMMAND, from their own start on
//	alone K COMMAND     the K-th session with this command runs COMMAND; the others print a line and end
//	meet N COMMAND      N sessions with this command wait for each other, then run COMMAND
//	COMMAND; COMMAND    one after the other, until one does not end with 0
//
// `uptime`, `hostname`, `date`, `id` and `uname` print something and succeed. Anything else ends with 127, as in a shell.
package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

type ending struct {
	status  uint32
	signal  string // ended by it; empty: it was not
	silent  bool   // says nothing of its end
	failure bool   // the one that `fail` is about
}

var words = map[string]string{
	"true": "", "uptime": "up\n", "hostname": "load\n", "date": "today\n", "id": "load\n", "uname": "load\n",
}

func run(s *session, line string) ending {
	go s.swallow()
	return runLine(s, line)
}

func runLine(s *session, line string) ending {
	first, rest, more := strings.Cut(line, ";")
	how := runOne(s, strings.Fields(first))
	if more && how == (ending{}) {
		return runLine(s, rest)
	}
	return how
}

func number(fields []string, at int) (int, bool) {
	if at >= len(fields) {
		return 0, false
	}
	value, err := strconv.Atoi(fields[at])
	return value, err == nil && value >= 0
}

func runOne(s *session, fields []string) ending {
	if len(fields) == 0 {
		return ending{}
	}
	if text, known := words[fields[0]]; known && len(fields) == 1 {
		return s.print(text)
	}
	n, given := number(fields, 1)
	switch fields[0] {
	case "false":
		return ending{status: 1}
	case "exit":
		if given {
			return ending{status: uint32(n)}
		}
	case "echo":
		return s.print(strings.Join(fields[1:], " ") + "\n")
	case "address":
		return s.print(s.address + "\n")
	case "print":
		if given {
			return s.printLines(n, 80)
		}
	case "lines":
		if size, too := number(fields, 2); given && too && size > 0 {
			return s.printLines(n*size, size)
		}
	case "odd":
		if lines, too := number(fields, 2); given && too {
			return s.printNumbered(n, lines, fields)
		}
	case "sleep":
		if seconds, err := strconv.ParseFloat(strings.Join(fields[1:], " "), 64); err == nil {
			return s.sleep(time.After(time.Duration(seconds * float64(time.Second))))
		}
	case "hang":
		return s.sleep(nil)
	case "die":
		if len(fields) == 2 {
			return ending{signal: fields[1]}
		}
	case "silent":
		return ending{silent: true}
	case "fail":
		if of, too := number(fields, 3); given && too && fields[2] == "of" {
			return s.fail(n, of, fields)
		}
	case "meet":
		if given {
			_, all := turns.next(strings.Join(fields, " "), n)
			return s.meet(all, func() ending { return runOne(s, fields[2:]) })
		}
	case "alone":
		if given {
			return s.alone(n, fields)
		}
	}
	counters.unknown()
	return ending{status: 127}
}

func (s *session) print(text string) ending {
	if text == "" {
		return ending{}
	}
	written, err := s.channel.Write([]byte(text))
	counters.printed(written)
	return s.unlessGone(err)
}

// unlessGone is the end of a command that could not print.
func (s *session) unlessGone(err error) ending {
	if err == nil {
		return ending{}
	}
	return ending{signal: "PIPE"}
}

// One text for all: nothing is made for a line.
const blockSize = 32 * 1024

var blocks struct {
	sync.Mutex
	of map[int][]byte
}

// block is some lines of `size` bytes, about blockSize in all.
func block(size int) []byte {
	blocks.Lock()
	defer blocks.Unlock()
	if ready, there := blocks.of[size]; there {
		return ready
	}
	line := strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz ", size/37+1)[:size-1] + "\n"
	made := []byte(strings.Repeat(line, blockSize/size+1))
	if blocks.of == nil {
		blocks.of = map[int][]byte{}
	}
	blocks.of[size] = made
	return made
}

func (s *session) printLines(bytes, size int) ending {
	text := block(size)
	for bytes > 0 {
		select {
		case name := <-s.signals:
			return signalled(name)
		default:
		}
		piece := text
		if len(piece) > bytes {
			piece = piece[len(piece)-bytes:]
		}
		written, err := s.channel.Write(piece)
		counters.printed(written)
		if err != nil {
			return s.unlessGone(err)
		}
		bytes -= written
	}
	return ending{}
}

func (s *session) printNumbered(odd, lines int, fields []string) ending {
	const linesAtOnce = 400
	place, _ := turns.next(strings.Join(fields, " "), 0)
	name := "usual"
	if place <= odd {
		name = s.address
	}
	for first := 0; first < lines; first += linesAtOnce {
		var piece strings.Builder
		for i := first; i < lines && i < first+linesAtOnce; i++ {
			fmt.Fprintf(&piece, "%-24s %54d\n", name, i)
		}
		if end := s.print(piece.String()); end != (ending{}) {
			return end
		}
	}
	return ending{}
}

// sleep ends by time, by a signal, or because the client has gone.
func (s *session) sleep(over <-chan time.Time) ending {
	select {
	case <-over:
		return ending{}
	case name := <-s.signals:
		return signalled(name)
	case <-s.gone:
		return left()
	}
}

// meet goes on when enough sessions have come.
func (s *session) meet(enough <-chan struct{}, then func() ending) ending {
	select {
	case <-enough:
		return then()
	case name := <-s.signals:
		return signalled(name)
	case <-s.gone:
		return left()
	}
}

func signalled(name string) ending {
	counters.endedBySignal()
	return ending{signal: name}
}

// left is the end of a command that a real server would run on.
func left() ending {
	counters.left()
	return ending{silent: true}
}

// ---- commands that know of each other ------------------------------------------------------------------------------

// taking numbers the sessions that run the same `fail` or `alone`.
type taking struct {
	sync.Mutex
	count map[string]int
	full  map[string]chan struct{} // closed when enough of them run
}

var turns = taking{count: map[string]int{}, full: map[string]chan struct{}{}}

func (t *taking) reset() {
	t.Lock()
	defer t.Unlock()
	t.count = map[string]int{}
	t.full = map[string]chan struct{}{}
}

// next is the place of one more session with this command, and what is closed when `enough` have come.
func (t *taking) next(command string, enough int) (int, <-chan struct{}) {
	t.Lock()
	defer t.Unlock()
	if t.full[command] == nil {
		t.full[command] = make(chan struct{})
	}
	t.count[command]++
	if t.count[command] == enough {
		close(t.full[command])
	}
	return t.count[command], t.full[command]
}

func (s *session) fail(chosen, of int, fields []string) ending {
	place, all := turns.next(strings.Join(fields, " "), of)
	if place != chosen {
		return runOne(s, fields[4:])
	}
	return s.meet(all, func() ending { return ending{status: 1, failure: true} })
}

func (s *session) alone(chosen int, fields []string) ending {
	place, _ := turns.next(strings.Join(fields, " "), 0)
	if place != chosen {
		return s.print("done\n")
	}
	return runOne(s, fields[2:])
}
