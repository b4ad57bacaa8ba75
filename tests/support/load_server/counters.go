// SPDX-License-Identifier: MIT
// What has happened, counted: also what a real server would go on running.
package main

import (
	"encoding/json"
	"sync"
	"syscall"
	"time"
)

type tally struct {
	mutex sync.Mutex

	Connections int64   `json:"connections"`  // that came
	Open        int64   `json:"open"`         // at this moment
	OpenPeak    int64   `json:"open_peak"`    // at once
	LoginFailed int64   `json:"login_failed"` // or the connection broke before
	Commands    int64   `json:"commands"`     // started
	Running     int64   `json:"running"`      // at this moment
	RunningPeak int64   `json:"running_peak"` // at once
	Unknown     int64   `json:"unknown"`      // commands this server does not know
	BytesOut    int64   `json:"bytes_out"`    // printed by commands
	Signals     int64   `json:"signals"`      // asked for by clients
	Signalled   int64   `json:"signalled"`    // commands that ended by one
	LeftRunning int64   `json:"left_running"` // whose client went away: a real server would run them on
	FailedAt    float64 `json:"failed_at"`    // Unix time of the failure of `fail`; 0: there was none

	LastSignalAt float64 `json:"last_signal_at"` // Unix time of the last one that clients asked for; 0: there was none

	LastSignalMs int64 `json:"last_signal_ms"` // since the failure of `fail`; -1: no signal after it
	LastLeftMs   int64 `json:"last_left_ms"`   // likewise, the last client that just went away

	CPUSeconds float64 `json:"cpu_s"`                 // of the server, user and system
	CPUPer     float64 `json:"cpu_ms_per_connection"` // of the same

	cpuBefore  float64
	failure    time.Time // when the exit status of `fail` went out
	lastSignal time.Time
	lastLeft   time.Time
}

var counters tally

func cpuSeconds() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(used.Utime) + seconds(used.Stime)
}

// with changes the counters.
func (all *tally) with(change func(*tally)) {
	all.mutex.Lock()
	defer all.mutex.Unlock()
	change(all)
}

// reset keeps what is going on at this moment.
func (all *tally) reset() {
	all.mutex.Lock()
	defer all.mutex.Unlock()
	open, running := all.Open, all.Running
	all.Connections, all.LoginFailed, all.Commands, all.Unknown, all.BytesOut = 0, 0, 0, 0, 0
	all.Signals, all.Signalled, all.LeftRunning = 0, 0, 0
	all.OpenPeak, all.RunningPeak = open, running
	all.failure, all.lastSignal, all.lastLeft = time.Time{}, time.Time{}, time.Time{}
	all.cpuBefore = cpuSeconds()
	turns.reset()
}

func unixTime(moment time.Time) float64 {
	if moment.IsZero() {
		return 0
	}
	return float64(moment.UnixNano()) / 1e9
}

func (all *tally) json() string {
	all.mutex.Lock()
	defer all.mutex.Unlock()
	after := func(moment time.Time) int64 {
		if all.failure.IsZero() || moment.Before(all.failure) {
			return -1
		}
		return moment.Sub(all.failure).Milliseconds()
	}
	all.LastSignalMs, all.LastLeftMs = after(all.lastSignal), after(all.lastLeft)
	all.FailedAt, all.LastSignalAt = unixTime(all.failure), unixTime(all.lastSignal)
	all.CPUSeconds = cpuSeconds() - all.cpuBefore
	all.CPUPer = 0
	if all.Connections > 0 {
		all.CPUPer = all.CPUSeconds * 1000 / float64(all.Connections)
	}
	text, _ := json.Marshal(all) // numbers only: can't fail
	return string(text)
}

func (all *tally) connected() {
	all.with(func(t *tally) {
		t.Connections++
		t.Open++
		if t.Open > t.OpenPeak {
			t.OpenPeak = t.Open
		}
	})
}

func (all *tally) disconnected() { all.with(func(t *tally) { t.Open-- }) }
func (all *tally) notLoggedIn()  { all.with(func(t *tally) { t.LoginFailed++ }) }
func (all *tally) unknown()      { all.with(func(t *tally) { t.Unknown++ }) }

func (all *tally) started() {
	all.with(func(t *tally) {
		t.Commands++
		t.Running++
		if t.Running > t.RunningPeak {
			t.RunningPeak = t.Running
		}
	})
}

func (all *tally) ended()         { all.with(func(t *tally) { t.Running-- }) }
func (all *tally) printed(n int)  { all.with(func(t *tally) { t.BytesOut += int64(n) }) }
func (all *tally) failed()        { all.with(func(t *tally) { t.failure = time.Now() }) }
func (all *tally) endedBySignal() { all.with(func(t *tally) { t.Signalled++ }) }

func (all *tally) signal() {
	all.with(func(t *tally) {
		t.Signals++
		t.lastSignal = time.Now()
	})
}

func (all *tally) left() {
	all.with(func(t *tally) {
		t.LeftRunning++
		t.lastLeft = time.Now()
	})
}
