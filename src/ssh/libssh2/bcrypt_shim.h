/* SPDX-License-Identifier: MIT
   The key derivation of encrypted OpenSSH private keys, which libssh2 has but does not show. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills key; 0 on success. Takes about 6 ms a round. */
int muster_bcrypt_pbkdf(const char* passphrase, size_t passphrase_size, const unsigned char* salt, size_t salt_size,
                        unsigned char* key, size_t key_size, unsigned int rounds);

#ifdef __cplusplus
}
#endif
