// SPDX-License-Identifier: MIT
// Preloaded into a program: its time of day jumps by a day, forth and back, each time it asks. Its steady clock does
// not.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t jump(void) {
    static atomic_int asked;
    return (time_t)(atomic_fetch_add(&asked, 1) % 3 - 1) * 24 * 60 * 60;
}

int clock_gettime(clockid_t which, struct timespec* now) {
    long const answer = syscall(SYS_clock_gettime, which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) now->tv_sec += jump();
    return (int)answer;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    (void)zone;
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* copy) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (copy) *copy = at.tv_sec;
    return at.tv_sec;
}
