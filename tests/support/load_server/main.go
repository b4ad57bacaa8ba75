// SPDX-License-Identifier: MIT
// load_server plays thousands of SSH hosts on loopback: every address of 127.0.0.0/8 answers on one port, with
// curve25519 and ed25519, and runs scripted commands (see command.go) without a process for any of them.
//
//	load_server DIRECTORY
//
// It writes into DIRECTORY what its clients need: a key (client), known_hosts and an ssh configuration (config) with the
// port in it, then prints "ready PORT". After that it obeys the lines of its standard input: "stats" prints the counters
// as one line of JSON, "reset" sets them to zero. At the end of its standard input, or on SIGTERM, it prints the
// counters once more and ends, so it never outlives who has started it.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// One listening socket's queue holds 4096 connections; several share the port so that 10,000 may arrive at once.
const listeners = 4

const reusePort = 15 // SO_REUSEPORT, which package syscall does not name

func shared(_, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(descriptor uintptr) {
		failure = syscall.SetsockoptInt(int(descriptor), syscall.SOL_SOCKET, reusePort, 1)
	})
	if err != nil {
		return err
	}
	return failure
}

// listen opens the sockets, on a port that the kernel chooses.
func listen() ([]net.Listener, int, error) {
	config := net.ListenConfig{Control: shared}
	port := 0
	var open []net.Listener
	for i := 0; i < listeners; i++ {
		one, err := config.Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			return nil, 0, err
		}
		port = one.Addr().(*net.TCPAddr).Port
		open = append(open, one)
	}
	return open, port, nil
}

func accept(on net.Listener, config *ssh.ServerConfig) {
	for {
		connection, err := on.Accept()
		if err != nil {
			log.Print("accept: ", err) // out of descriptors: the client will see it
			continue
		}
		if !connection.LocalAddr().(*net.TCPAddr).IP.IsLoopback() {
			connection.Close() // nobody from outside
			continue
		}
		go serve(connection, config)
	}
}

// obey reads orders until there are no more.
func obey() {
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		switch orders.Text() {
		case "stats":
			fmt.Println(counters.json())
		case "reset":
			counters.reset()
		default:
			log.Printf("unknown order %q", orders.Text())
		}
	}
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("load_server: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: load_server DIRECTORY")
	}
	debug.SetGCPercent(400)
	open, port, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	config, err := prepare(os.Args[1], port)
	if err != nil {
		log.Fatal(err)
	}
	for _, one := range open {
		go accept(one, config)
	}
	fmt.Println("ready", port)

	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	over := make(chan struct{})
	go func() {
		obey()
		close(over)
	}()
	select {
	case <-asked:
	case <-over:
	}
	fmt.Println(counters.json())
}
