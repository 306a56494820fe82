#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// A sanitizer's shadow memory is terabytes of address space, which RLIMIT_DATA counts: under the
// limit a program that was built with one would not even start.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW_MEMORY 1
#elif defined(__has_feature)
#define HAS_SHADOW_MEMORY (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#endif

int linux_sandbox_limit(enum linux_limit_kind kind, uint64_t value) {
    struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    switch (kind) {
        case LINUX_LIMIT_DATA:
#if HAS_SHADOW_MEMORY
            errno = ENOTSUP;
            return -1;
#else
            return setrlimit(RLIMIT_DATA, &limit);
#endif
        case LINUX_LIMIT_FILES: return setrlimit(RLIMIT_NOFILE, &limit);
        case LINUX_LIMIT_CORE: return setrlimit(RLIMIT_CORE, &limit);
    }
    errno = EINVAL;
    return -1;
}

int linux_sandbox_nice(int value) { return setpriority(PRIO_PROCESS, 0, value); }

int linux_sandbox_lead_group(void) { return getpgrp() == getpid() ? 0 : setpgid(0, 0); }

int linux_sandbox_write(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = (ssize_t)strlen(text);
    ssize_t written = write(file, text, (size_t)length);
    int code = errno;
    close(file);
    errno = code;
    return written == length ? 0 : -1;
}

int linux_sandbox_leave_network(void) {
    if (unshare(CLONE_NEWNET) == 0) return 0;
    if (errno != EPERM) return -1;
    // Without privilege a user namespace gives the right to make the other one. The maps keep the
    // user's and the group's number, so that files stay accessible as before.
    char users[64], groups[64];
    snprintf(users, sizeof users, "%u %u 1\n", geteuid(), geteuid());
    snprintf(groups, sizeof groups, "%u %u 1\n", getegid(), getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return -1;
    if (linux_sandbox_write("/proc/self/setgroups", "deny") != 0) return -1;
    if (linux_sandbox_write("/proc/self/gid_map", groups) != 0) return -1;
    return linux_sandbox_write("/proc/self/uid_map", users);
}

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP_UNLESS_EQUAL(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (count))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))

int linux_sandbox_refuse_sockets(void) {
#ifdef NATIVE_ARCHITECTURE
    // Little-endian: the low half of the first argument comes first.
    struct sock_filter filter[] = {
        LOAD(arch),
        // Another architecture's numbers mean other calls; nothing of ours makes them.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        // The x32 numbers of x86-64 reach the same calls by another door.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        // A ring can open sockets without calling socket().
        SKIP_UNLESS_EQUAL(SYS_io_uring_setup, 1),
        ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        SKIP_UNLESS_EQUAL(SYS_socket, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
        ANSWER(SECCOMP_RET_ERRNO | EACCES),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#else
    errno = ENOSYS;
    return -1;
#endif
}
