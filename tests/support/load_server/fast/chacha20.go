// SPDX-License-Identifier: MIT
// ChaCha20 of long texts by libcrypto, for the load server alone: the build puts this file in the place of
// golang.org/x/crypto/chacha20's chacha_noasm.go (go build -overlay). What Go has for x86-64 would let a bench of output
// measure the server. Needs cgo and OpenSSL 3; the load server is built without it where they are not there.
package chacha20

/*
#cgo LDFLAGS: -lcrypto
#include <openssl/evp.h>

static _Thread_local EVP_CIPHER_CTX* stream;

static int crypt_blocks(void* to, void* from, int size, void* key, void* counter_and_nonce) {
    if (stream == NULL && (stream = EVP_CIPHER_CTX_new()) == NULL) return 0;
    int done = 0;
    return EVP_EncryptInit_ex2(stream, EVP_chacha20(), key, counter_and_nonce, NULL) == 1 &&
           EVP_EncryptUpdate(stream, to, &done, from, size) == 1 && done == size;
}
*/
import "C"

import "unsafe"

const (
	bufSize    = blockSize
	longEnough = 1024
)

func (s *Cipher) xorKeyStreamBlocks(dst, src []byte) {
	start := [4]uint32{s.counter, s.nonce[0], s.nonce[1], s.nonce[2]} // bytes in the order of this processor, x86-64
	if len(src) < longEnough || C.crypt_blocks(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), C.int(len(src)),
		unsafe.Pointer(&s.key[0]), unsafe.Pointer(&start[0])) != 1 {
		s.xorKeyStreamBlocksGeneric(dst, src)
		return
	}
	s.counter += uint32(len(src) / blockSize)
}
