#define _GNU_SOURCE
#include "linux_calls.h"

#include <dirent.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

ssize_t linux_send(int socket, const void *bytes, size_t count, const int *descriptors,
                   int descriptor_count, int flags) {
    if (descriptor_count < 0 || descriptor_count > LINUX_MAX_DESCRIPTORS) {
        errno = EINVAL;
        return -1;
    }
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        char space[CMSG_SPACE(sizeof(int) * LINUX_MAX_DESCRIPTORS)];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > 0) {
        size_t length = sizeof(int) * (size_t)descriptor_count;
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(length);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(length);
        memcpy(CMSG_DATA(header), descriptors, length);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t linux_receive(int socket, void *bytes, size_t capacity, int *descriptors,
                      int *descriptor_count, int flags) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    union {
        char space[CMSG_SPACE(sizeof(int) * LINUX_MAX_DESCRIPTORS)];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    *descriptor_count = 0;
    ssize_t received;
    do {
        received = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        // The control buffer bounds the sum over all headers, so this never writes past the end.
        memcpy(descriptors + *descriptor_count, CMSG_DATA(header), sizeof(int) * (size_t)count);
        *descriptor_count += count;
    }
    if (message.msg_flags & MSG_CTRUNC) {
        for (int index = 0; index < *descriptor_count; index++) close(descriptors[index]);
        *descriptor_count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

int linux_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int linux_memfd_create(const char *name) {
    return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int linux_memfd_required_seals(void) { return F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL; }

int linux_memfd_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, linux_memfd_required_seals());
}

int linux_memfd_seals(int descriptor) { return fcntl(descriptor, F_GET_SEALS); }

int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int linux_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

int linux_set_nonblocking(int descriptor, int enabled) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(descriptor, F_SETFL, enabled ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int linux_set_close_on_exec(int descriptor, int enabled) {
    return fcntl(descriptor, F_SETFD, enabled ? FD_CLOEXEC : 0);
}

int linux_thread_set_name(const char *name) {
    char kept[16];
    strncpy(kept, name, sizeof kept - 1);
    kept[sizeof kept - 1] = 0;
    return pthread_setname_np(pthread_self(), kept);
}

void linux_thread_set_slice(uint64_t nanoseconds) {
    static _Thread_local int is_set;
    if (is_set) return;
    is_set = 1;
    // The kernel's struct sched_attr as of its first version; glibc has it only from 2.41 on.
    struct {
        uint32_t size;
        uint32_t policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime;
        uint64_t deadline;
        uint64_t period;
    } attributes = {.size = 48, .policy = SCHED_OTHER, .runtime = nanoseconds};
    const uint64_t reset_on_fork = 1;
    attributes.flags = reset_on_fork;
    attributes.nice = getpriority(PRIO_PROCESS, 0);
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int linux_peer_credentials(int socket, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *pid = credentials.pid;
    *uid = credentials.uid;
    *gid = credentials.gid;
    return 0;
}

int linux_tcp_progress(int socket, uint64_t *received, uint32_t *silence) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return -1;
    *received = info.tcpi_bytes_received;
    *silence = info.tcpi_last_data_recv;
    return 0;
}

int linux_peer_groups(int socket, gid_t *groups, int capacity) {
    socklen_t length = (socklen_t)((size_t)capacity * sizeof *groups);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0) return -1;
    return (int)(length / sizeof *groups);
}

void linux_signal_threads(pid_t process, int signal) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/task", (int)process);
    DIR *threads = opendir(path);
    if (threads == NULL) return;
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        int thread = atoi(entry->d_name);
        if (thread > 0) tgkill(process, thread, signal);
    }
    closedir(threads);
}

int linux_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0);
}

int linux_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int linux_clone_file(int target, int source) { return ioctl(target, FICLONE, source); }

int linux_exited(int status) { return WIFEXITED(status); }
int linux_exit_code(int status) { return WEXITSTATUS(status); }
int linux_signaled(int status) { return WIFSIGNALED(status); }
int linux_term_signal(int status) { return WTERMSIG(status); }
