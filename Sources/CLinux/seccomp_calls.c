#define _GNU_SOURCE
#include "sandbox.h"
#include "seccomp.h"

#include <asm/ioctls.h>
#include <sys/prctl.h>

// Neither an engine nor a decoder has a reason for any of these. Names, because numbers differ between
// architectures; some calls are of one architecture only, or newer than the headers.
static const uint32_t refused[] = {
    // Other processes: their memory, their descriptors.
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
    SYS_process_madvise,
    // The process group, by which the parent stops and ends it.
    SYS_setpgid, SYS_setsid,
    // Objects outside the file system, which Landlock does not see.
    SYS_shmget, SYS_shmat, SYS_msgget, SYS_semget, SYS_mq_open, SYS_add_key, SYS_request_key,
    SYS_keyctl,
    // Files by handle, past every folder's rights.
    SYS_open_by_handle_at, SYS_name_to_handle_at,
    // What the file system looks like.
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen,
    SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_quotactl, SYS_fanotify_init,
    // Namespaces, where a user without rights has many.
    SYS_unshare, SYS_setns,
    // Parts of the kernel with a long record of errors.
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_enter, SYS_io_uring_register,
    // The machine itself.
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon,
    SYS_swapoff, SYS_acct, SYS_syslog, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname, SYS_vhangup, SYS_personality,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_quotactl_fd
    SYS_quotactl_fd,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};

#define REFUSED (sizeof refused / sizeof *refused)

// Refused for some arguments only.
static const struct sock_filter by_argument[] = {
    // Limits of other processes; nought is the caller.
    SKIP_UNLESS_EQUAL(SYS_prlimit64, 4),
    LOAD_ARGUMENT(0),
    SKIP_IF_EQUAL(0, 1),
    REFUSE(EPERM),
    ALLOW,
    // The wish to end with the parent cannot be taken back.
    SKIP_UNLESS_EQUAL(SYS_prctl, 4),
    LOAD_ARGUMENT(0),
    SKIP_UNLESS_EQUAL(PR_SET_PDEATHSIG, 1),
    REFUSE(EPERM),
    ALLOW,
    // Typing on the terminal of whoever started Baton there.
    SKIP_UNLESS_EQUAL(SYS_ioctl, 4),
    LOAD_ARGUMENT(1),
    SKIP_IF_EQUAL(TIOCSTI, 1),
    SKIP_UNLESS_EQUAL(TIOCLINUX, 1),
    REFUSE(EPERM),
    ALLOW,
};

int linux_seccomp_refuse_calls(void) {
    static const struct sock_filter beginning[] = {BEGINNING};
    enum {
        START = sizeof beginning / sizeof *beginning,
        TAIL = sizeof by_argument / sizeof *by_argument,
        COUNT = START + 2 * REFUSED + TAIL,
    };
    struct sock_filter filter[COUNT];
    struct sock_filter *next = filter;
    for (size_t index = 0; index < START; index++) *next++ = beginning[index];
    for (size_t index = 0; index < REFUSED; index++) {
        *next++ = (struct sock_filter)SKIP_UNLESS_EQUAL(refused[index], 1);
        *next++ = (struct sock_filter)REFUSE(EPERM);
    }
    for (size_t index = 0; index < TAIL; index++) *next++ = by_argument[index];
    return seccomp_install(filter, COUNT);
}
