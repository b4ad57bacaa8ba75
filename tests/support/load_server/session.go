// SPDX-License-Identifier: MIT
// A connection, its session channels, and the requests in them (RFC 4254 section 6).
package main

import (
	"io"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"
)

func serve(raw net.Conn, config *ssh.ServerConfig) {
	counters.connected()
	defer counters.disconnected()
	connection, channels, requests, err := ssh.NewServerConn(raw, config)
	if err != nil {
		counters.notLoggedIn()
		raw.Close()
		return
	}
	defer connection.Close()
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			offered.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go (&session{channel: channel, address: raw.LocalAddr().String(), signals: make(chan string, 8), gone: make(chan struct{})}).follow(requests)
	}
}

// session is one channel. It runs one command at most.
type session struct {
	channel ssh.Channel
	address string        // which the connection was made to
	signals chan string   // names of signals for the command, while it runs
	gone    chan struct{} // closed when the client has closed the channel or the connection
	guard   sync.Mutex
	running bool
}

func (s *session) isRunning() bool {
	s.guard.Lock()
	defer s.guard.Unlock()
	return s.running
}

func (s *session) setRunning(running bool) {
	s.guard.Lock()
	defer s.guard.Unlock()
	s.running = running
}

// follow answers requests until the client has closed the channel or the connection.
func (s *session) follow(requests <-chan *ssh.Request) {
	defer close(s.gone)
	begun := false
	for request := range requests {
		accepted := false
		switch request.Type {
		case "exec":
			accepted = !begun
			begun = true
		case "signal":
			accepted = s.deliver(request)
		case "env", "pty-req":
			accepted = true
		}
		if request.WantReply {
			request.Reply(accepted, nil)
		}
		if request.Type == "exec" && accepted {
			s.begin(request)
		}
	}
}

func (s *session) deliver(request *ssh.Request) bool {
	var wanted struct{ Name string }
	if ssh.Unmarshal(request.Payload, &wanted) != nil || !s.isRunning() {
		return false
	}
	counters.signal()
	select {
	case s.signals <- wanted.Name:
	default: // more than a command needs to end
	}
	return true
}

func (s *session) begin(request *ssh.Request) {
	var line struct{ Text string }
	if ssh.Unmarshal(request.Payload, &line) != nil {
		s.channel.Close()
		return
	}
	counters.started()
	s.setRunning(true)
	go func() {
		s.finish(run(s, line.Text))
	}()
}

// finish reports how the command has ended, and closes the channel as sshd does.
func (s *session) finish(how ending) {
	s.setRunning(false)
	counters.ended()
	s.channel.CloseWrite()
	switch {
	case how.silent:
	case how.signal != "":
		s.channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
			Name     string
			Core     bool
			Message  string
			Language string
		}{how.signal, false, "", ""}))
	default:
		s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{how.status}))
	}
	if how.failure {
		counters.failed()
	}
	s.channel.Close()
}

// swallow reads what the client sends to the command, so that its window never closes.
func (s *session) swallow() { io.Copy(io.Discard, s.channel) }
