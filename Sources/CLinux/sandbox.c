#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
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

int linux_sandbox_drop_capabilities(int keep_reading) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, sets) != 0) return -1;
    uint32_t kept = keep_reading ? CAP_TO_MASK(CAP_DAC_READ_SEARCH) : 0;
    for (int index = 0; index < _LINUX_CAPABILITY_U32S_3; index++) {
        uint32_t mask = index == CAP_TO_INDEX(CAP_DAC_READ_SEARCH) ? kept : 0;
        sets[index].permitted &= mask;
        sets[index].effective = sets[index].permitted;
        // What is inheritable and ambient falls with what is permitted.
        sets[index].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, sets);
}
