// SPDX-License-Identifier: MIT
// A seccomp filter that answers pidfd_open(2) with EPERM.
#include "support/without_pidfd.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <exception>

namespace muster::test {

namespace {

bool refuse_pidfd() {
    std::array<sock_filter, 4> steps{
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog const filter{steps.size(), steps.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
           ::syscall(SYS_pidfd_open, ::getpid(), 0) == -1 && errno == EPERM;
}

bool succeeds(std::function<bool()> const& work) {
    try {
        return work();
    } catch (std::exception const&) {
        return false;
    }
}

}  // namespace

bool holds_without_pidfd(std::function<bool()> const& work) {
    auto const child = ::fork();
    if (child == 0) ::_exit(refuse_pidfd() && succeeds(work) ? 0 : 1);
    int status = -1;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace muster::test
