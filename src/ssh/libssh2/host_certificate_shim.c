/* SPDX-License-Identifier: MIT
   See host_certificate_shim.h. libssh2 keeps a table of host key methods; those for certificates become copies of the
   plain ones, but for an `init` that hands the certified key to the plain `init`. The exchange hash is over the
   certificate all the same. */
#include "host_certificate_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include <stdlib.h>
#include <string.h>

#include "libssh2_priv.h"

enum { most_methods = 16 };

static const char suffix[] = "-cert-v01@openssh.com";
static LIBSSH2_HOSTKEY_METHOD methods[most_methods];
static muster_certified_key plain_key_of;

static int is_named(const LIBSSH2_HOSTKEY_METHOD* method, const unsigned char* key, size_t size) {
    const size_t length = size < 4 ? 0 : _libssh2_ntohu32(key);
    return size >= 4 && length <= size - 4 && length == strlen(method->name) &&
           memcmp(method->name, key + 4, length) == 0;
}

/* The key must be of the family that was agreed on: the agreed method's functions are going to use it. */
static int init_plain(LIBSSH2_SESSION* session, const unsigned char* key, size_t size, void** abstract) {
    const LIBSSH2_HOSTKEY_METHOD** method = libssh2_hostkey_methods();
    for (; *method != NULL; ++method)
        if (is_named(*method, key, size) && (*method)->dtor == session->hostkey->dtor)
            return (*method)->init(session, key, size, abstract);
    return -1;
}

static int init_certificate(LIBSSH2_SESSION* session, const unsigned char* certificate, size_t size, void** abstract) {
    unsigned char* const key = malloc(size);
    const size_t key_size = key != NULL ? plain_key_of(certificate, size, key) : 0;
    const int failed = key_size > 0 ? init_plain(session, key, key_size, abstract) : -1;
    free(key);
    return failed;
}

/* The method of a plain key that a certificate's is named after; NULL for another. */
static const LIBSSH2_HOSTKEY_METHOD* plain_method_of(const LIBSSH2_HOSTKEY_METHOD* certificates) {
    const LIBSSH2_HOSTKEY_METHOD** plain = libssh2_hostkey_methods();
    for (; *plain != NULL; ++plain) {
        const size_t length = strlen((*plain)->name);
        if (strncmp((*plain)->name, certificates->name, length) == 0 &&
            strcmp(certificates->name + length, suffix) == 0)
            return *plain;
    }
    return NULL;
}

int muster_accept_host_certificates(muster_certified_key certified_key) {
    const LIBSSH2_HOSTKEY_METHOD** entry = libssh2_hostkey_methods();
    size_t used = 0;
    plain_key_of = certified_key;
    for (; *entry != NULL && used < most_methods; ++entry) {
        const LIBSSH2_HOSTKEY_METHOD* const plain = plain_method_of(*entry);
        if (plain == NULL) continue;
        methods[used] = *plain;
        methods[used].name = (*entry)->name;
        methods[used].init = init_certificate;
        *entry = &methods[used++];
    }
    return used > 0;
}

#else /* nobody has checked what another one does with them */

int muster_accept_host_certificates(muster_certified_key certified_key) {
    (void)certified_key;
    return 0;
}

#endif
