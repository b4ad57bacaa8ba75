/* SPDX-License-Identifier: MIT
   The key derivation of encrypted OpenSSH private keys. */
#include "bcrypt_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include "libssh2_priv.h"

int muster_bcrypt_pbkdf(const char* passphrase, size_t passphrase_size, const unsigned char* salt, size_t salt_size,
                        unsigned char* key, size_t key_size, unsigned int rounds) {
    return _libssh2_bcrypt_pbkdf(passphrase, passphrase_size, salt, salt_size, key, key_size, rounds);
}

#else /* a shared libssh2 keeps it to itself */

int muster_bcrypt_pbkdf(const char* passphrase, size_t passphrase_size, const unsigned char* salt, size_t salt_size,
                        unsigned char* key, size_t key_size, unsigned int rounds) {
    (void)passphrase, (void)passphrase_size, (void)salt, (void)salt_size, (void)key, (void)key_size, (void)rounds;
    return -1;
}

#endif
