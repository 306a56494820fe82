#include "seccomp.h"

#include <sys/prctl.h>

int seccomp_install(const struct sock_filter *filter, size_t count) {
    struct sock_fprog program = {
        .len = (unsigned short)count,
        .filter = (struct sock_filter *)filter,
    };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
