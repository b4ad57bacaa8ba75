// SPDX-License-Identifier: MIT
// The program that a user of Go's SSH library would write: a command on many hosts, the key read once, so many at a time.
//
//	go_fan_out KEY KNOWN_HOSTS USER PORT FANOUT COMMAND [BASTION:PORT USER KEY KNOWN_HOSTS] < HOSTS
//
// It checks host keys and prints each line with its host. GOMAXPROCS says how many cores it uses.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"
)

func try(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_fan_out:", err)
		os.Exit(2)
	}
}

func configOf(keyFile, knownHosts, user string) *ssh.ClientConfig {
	text, err := os.ReadFile(keyFile)
	try(err)
	key, err := ssh.ParsePrivateKey(text)
	try(err)
	text, err = os.ReadFile(knownHosts)
	try(err)
	_, _, known, _, _, err := ssh.ParseKnownHosts(text) // all hosts have one key
	try(err)
	config := &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(known),
		HostKeyAlgorithms: []string{known.Type()}}
	config.KeyExchanges = []string{"curve25519-sha256"}
	return config
}

// connect goes through the bastion, if there is one.
func connect(bastion *ssh.Client, address string, config *ssh.ClientConfig) (*ssh.Client, error) {
	if bastion == nil {
		return ssh.Dial("tcp", address, config)
	}
	through, err := bastion.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	connection, channels, requests, err := ssh.NewClientConn(through, address, config)
	if err != nil {
		through.Close()
		return nil, err
	}
	return ssh.NewClient(connection, channels, requests), nil
}

func run(bastion *ssh.Client, host, port, command string, config *ssh.ClientConfig) ([]byte, error) {
	client, err := connect(bastion, host+":"+port, config)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return session.Output(command)
}

func main() {
	var files syscall.Rlimit
	try(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	files.Cur = files.Max
	try(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files))
	config := configOf(os.Args[1], os.Args[2], os.Args[3])
	var bastion *ssh.Client
	if len(os.Args) > 10 {
		var err error
		bastion, err = ssh.Dial("tcp", os.Args[7], configOf(os.Args[9], os.Args[10], os.Args[8]))
		try(err)
	}
	fanout, err := strconv.Atoi(os.Args[5])
	try(err)
	hosts := make(chan string)
	var workers sync.WaitGroup
	var lock sync.Mutex
	failed := 0
	for i := 0; i < fanout; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for host := range hosts {
				output, err := run(bastion, host, os.Args[4], os.Args[6], config)
				lock.Lock()
				for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
					fmt.Printf("%s: %s\n", host, lines.Text())
				}
				if err != nil {
					failed++
					fmt.Fprintf(os.Stderr, "%s: %v\n", host, err)
				}
				lock.Unlock()
			}
		}()
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		hosts <- lines.Text()
	}
	close(hosts)
	workers.Wait()
	if failed > 0 {
		os.Exit(1)
	}
}
