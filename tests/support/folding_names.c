// SPDX-License-Identifier: MIT
// Preloaded into a program: below the folder $MUSTER_FOLDS, names that differ only in case are one, as on the file
// systems of other systems. What is there keeps the case in which it was made.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The name in the directory at `folder` that `name` stands for: itself where there is none.
static void find(char const* folder, char* name) {
    int const fd = (int)syscall(SYS_openat, AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    DIR* const list = fd < 0 ? NULL : fdopendir(fd);
    if (list == NULL) return;
    for (struct dirent const* each; (each = readdir(list)) != NULL;)
        if (strcasecmp(each->d_name, name) == 0) memcpy(name, each->d_name, strlen(name));
    closedir(list);
}

/// An absolute path in which each part below the folder is what is there.
static char const* folded(int at, char const* path, char* into) {
    char const* const root = getenv("MUSTER_FOLDS");
    char given[PATH_MAX * 2] = "";
    if (path[0] != '/' && at != AT_FDCWD) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t const size = readlink(link, given, PATH_MAX - 1);
        if (size < 0) return path;
        given[size] = '/';
        given[size + 1] = '\0';
    }
    strncat(given, path, PATH_MAX - 1);
    size_t const length = root == NULL ? 0 : strlen(root);
    if (length == 0 || strncmp(given, root, length) != 0 || given[length] != '/') return path;
    memcpy(into, given, length);
    into[length] = '\0';
    for (char *rest = given + length + 1, *part; (part = strsep(&rest, "/")) != NULL;) {
        if (*part == '\0') continue;
        find(into, part);
        strcat(strcat(into, "/"), part);
    }
    return into;
}

int openat(int at, char const* path, int flags, ...) {
    char into[PATH_MAX * 2];
    va_list more;
    va_start(more, flags);
    int const mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    return (int)syscall(SYS_openat, at, folded(at, path, into), flags, mode);
}

int open(char const* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int const mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    return openat(AT_FDCWD, path, flags, mode);
}

int mkdirat(int at, char const* path, mode_t mode) {
    char into[PATH_MAX * 2];
    return (int)syscall(SYS_mkdirat, at, folded(at, path, into), mode);
}

int mkdir(char const* path, mode_t mode) {
    return mkdirat(AT_FDCWD, path, mode);
}

int symlinkat(char const* to, int at, char const* path) {
    char into[PATH_MAX * 2];
    return (int)syscall(SYS_symlinkat, to, at, folded(at, path, into));
}

int rename(char const* from, char const* to) {
    char into[2][PATH_MAX * 2];
    return (int)syscall(SYS_renameat2, AT_FDCWD, folded(AT_FDCWD, from, into[0]), AT_FDCWD,
                        folded(AT_FDCWD, to, into[1]), 0);
}

int fstatat(int at, char const* restrict path, struct stat* restrict found, int flags) {
    char into[PATH_MAX * 2];
    return (int)syscall(SYS_newfstatat, at, folded(at, path, into), found, flags);
}

int stat(char const* restrict path, struct stat* restrict found) {
    return fstatat(AT_FDCWD, path, found, 0);
}
int lstat(char const* restrict path, struct stat* restrict found) {
    return fstatat(AT_FDCWD, path, found, AT_SYMLINK_NOFOLLOW);
}
