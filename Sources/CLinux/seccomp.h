// What the filters of system calls share; not for Swift.
#ifndef BATON_SECCOMP_H
#define BATON_SECCOMP_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define SECCOMP_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "give the architecture's name for filters of system calls here"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// Both architectures are little-endian: the low half of an argument comes first, and the calls in
// question take 32-bit arguments.
#define LOAD_ARGUMENT(index) LOAD(args[index])
#define SKIP_UNLESS_EQUAL(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (count))
#define SKIP_IF_EQUAL(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (count), 0)
#define SKIP_IF_ANY_BIT(value, count) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (value), (count), 0)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE(code) ANSWER(SECCOMP_RET_ERRNO | (code))
#define ALLOW ANSWER(SECCOMP_RET_ALLOW)

// How every filter begins; leaves the call's number loaded. Another architecture's numbers mean
// other calls, and nothing of ours makes them; the x32 numbers of x86-64 reach the same calls by
// another door.
#define BEGINNING                                                        \
    LOAD(arch), SKIP_IF_EQUAL(SECCOMP_ARCHITECTURE, 1),                   \
        ANSWER(SECCOMP_RET_KILL_PROCESS), LOAD(nr),                      \
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), REFUSE(ENOSYS)

/// Installs a filter for this process and all it becomes.
int seccomp_install(const struct sock_filter *filter, size_t count);

#endif
