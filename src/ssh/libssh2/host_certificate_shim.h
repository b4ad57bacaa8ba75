/* SPDX-License-Identifier: MIT
   Teaches libssh2 1.11.1 the key exchange with a host certificate: it lists the algorithms but takes the certificate
   for a plain key, and fails. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the plain key that the certificate is for to `key`, which has room for `size` bytes; returns its length, 0 for
   what is no certificate. */
typedef size_t (*muster_certified_key)(const unsigned char* certificate, size_t size, unsigned char* key);

/* From now on a certificate's key is used for the algorithms ...-cert-v01@openssh.com. Call it once, before the first
   session. 0: not possible with this libssh2, so don't offer them. */
int muster_accept_host_certificates(muster_certified_key certified_key);

#ifdef __cplusplus
}
#endif
