// SPDX-License-Identifier: MIT
// The system's libssh2, used directly: it is another version than the private one, and has SFTP.
#include <cstring>

extern "C" {
char const* libssh2_version(int required);
int libssh2_init(int flags);
void libssh2_exit();
void* libssh2_session_init_ex(void*, void*, void*, void*);
int libssh2_session_free(void* session);
void* libssh2_sftp_init(void* session);
}

extern "C" int other_library() {
    char const* const version = libssh2_version(0);
    if (version == nullptr || std::strcmp(version, SYSTEM_LIBSSH2) != 0) return 1;
    if (libssh2_init(0) != 0) return 2;
    void* const session = libssh2_session_init_ex(nullptr, nullptr, nullptr, nullptr);
    if (session == nullptr || libssh2_session_free(session) != 0) return 3;
    libssh2_exit();
    return reinterpret_cast<void*>(&libssh2_sftp_init) != nullptr ? 0 : 4;
}
