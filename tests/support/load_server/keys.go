// SPDX-License-Identifier: MIT
// What server and clients share: throw-away keys, made anew at each start, and the files with which clients find them.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// openSSH writes an unencrypted key in OpenSSH's own format (openssh-portable, PROTOCOL.key).
func openSSH(public ssh.PublicKey, private ed25519.PrivateKey) []byte {
	secret := ssh.Marshal(struct {
		Check1, Check2  uint32
		Type            string
		Public, Private []byte
		Comment         string
	}{1, 1, public.Type(), private.Public().(ed25519.PublicKey), private, "load"})
	for i := byte(1); len(secret)%8 != 0; i++ {
		secret = append(secret, i)
	}
	all := ssh.Marshal(struct {
		Cipher, Derivation, Options string
		Keys                        uint32
		Public, Secret              []byte
	}{"none", "none", "", 1, public.Marshal(), secret})
	return pem.EncodeToMemory(&pem.Block{
		Type:  "OPENSSH PRIVATE KEY",
		Bytes: append([]byte("openssh-key-v1\x00"), all...),
	})
}

func clientConfig(directory string, port int) string {
	lines := []string{
		"Host *",
		fmt.Sprintf("Port %d", port),
		"User load",
		"IdentityFile " + filepath.Join(directory, "client"),
		"IdentitiesOnly yes",
		"IdentityAgent none",
		"UserKnownHostsFile " + filepath.Join(directory, "known_hosts"),
		"GlobalKnownHostsFile none",
		"StrictHostKeyChecking yes",
		"PreferredAuthentications publickey",
		"BatchMode yes",
		"LogLevel ERROR",
	}
	return strings.Join(lines, "\n") + "\n"
}

// prepare makes the keys and writes the clients' files.
func prepare(directory string, port int) (*ssh.ServerConfig, error) {
	_, hostPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	host, err := ssh.NewSignerFromKey(hostPrivate)
	if err != nil {
		return nil, err
	}
	clientPublic, clientPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	client, err := ssh.NewPublicKey(clientPublic)
	if err != nil {
		return nil, err
	}
	directory, err = filepath.Abs(directory)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"client":      openSSH(client, clientPrivate),
		"known_hosts": append([]byte("* "), ssh.MarshalAuthorizedKey(host.PublicKey())...),
		"config":      []byte(clientConfig(directory, port)),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(directory, name), content, 0o600); err != nil {
			return nil, err
		}
	}

	accepted := client.Marshal()
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if bytes.Equal(key.Marshal(), accepted) {
				return nil, nil
			}
			return nil, errors.New("another key")
		},
	}
	config.KeyExchanges = []string{"curve25519-sha256", "curve25519-sha256@libssh.org"}
	config.AddHostKey(host)
	return config, nil
}
