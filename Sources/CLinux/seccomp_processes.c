#define _GNU_SOURCE
#include "sandbox.h"
#include "seccomp.h"

#include <sched.h>
#include <unistd.h>

// A filter and no limit: RLIMIT_NPROC counts all processes of a user and means nothing to root, and a
// control group is not ours to make everywhere. A filter cannot count, so it is none or any.
//
// execve stays: the filter is there before the program is, and sees the address of a path, not the
// path. Landlock lets nothing else be executed; without it a process could become another program,
// still alone and with the same restrictions.
int linux_seccomp_refuse_processes(void) {
    // The number stays the same through execve.
    const uint32_t own = (uint32_t)getpid();
    const struct sock_filter filter[] = {
        BEGINNING,
#ifdef SYS_fork
        SKIP_UNLESS_EQUAL(SYS_fork, 1),
        REFUSE(EPERM),
        SKIP_UNLESS_EQUAL(SYS_vfork, 1),
        REFUSE(EPERM),
#endif
        // Its flags are in memory, where a filter does not see them. ENOSYS, because the C library
        // then makes its threads with clone.
        SKIP_UNLESS_EQUAL(SYS_clone3, 1),
        REFUSE(ENOSYS),
        SKIP_UNLESS_EQUAL(SYS_clone, 4),
        LOAD_ARGUMENT(0),
        SKIP_IF_ANY_BIT(CLONE_THREAD, 1),
        REFUSE(EPERM),
        ALLOW,
        // Signals whose first argument is a process; 0 and negative ones are groups.
        SKIP_IF_EQUAL(SYS_kill, 3),
        SKIP_IF_EQUAL(SYS_tgkill, 2),
        SKIP_IF_EQUAL(SYS_rt_sigqueueinfo, 1),
        SKIP_UNLESS_EQUAL(SYS_rt_tgsigqueueinfo, 4),
        LOAD_ARGUMENT(0),
        SKIP_IF_EQUAL(own, 1),
        REFUSE(EPERM),
        ALLOW,
        // Signals that name a thread of any process, or a descriptor.
        SKIP_IF_EQUAL(SYS_tkill, 1),
        SKIP_UNLESS_EQUAL(SYS_pidfd_send_signal, 1),
        REFUSE(EPERM),
        ALLOW,
    };
    return seccomp_install(filter, sizeof filter / sizeof *filter);
}
