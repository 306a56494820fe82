// The kernel interfaces that Swift's Glibc module leaves out: headers it does not include, macros it
// cannot import, and variadic calls. Nothing here has a policy.
#ifndef BATON_LINUX_CALLS_H
#define BATON_LINUX_CALLS_H

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

/// Most descriptors that one message carries; the kernel's own limit is 253.
#define LINUX_MAX_DESCRIPTORS 16

/// Sends bytes and descriptors with MSG_NOSIGNAL; returns bytes sent, or -1 with errno set.
ssize_t linux_send(int socket, const void *_Nonnull bytes, size_t count,
                   const int *_Nullable descriptors, int descriptor_count, int flags);

/// Receives bytes and descriptors (close-on-exec). Returns bytes received, 0 at the end of the
/// stream, or -1 with errno set; EMSGSIZE when the sender attached more than fit, all are closed then.
ssize_t linux_receive(int socket, void *_Nonnull bytes, size_t capacity,
                      int *_Nonnull descriptors, int *_Nonnull descriptor_count, int flags);

/// Accepts a connection, non-blocking and closed on exec; -1 with errno set.
int linux_accept(int listener);

/// Makes an anonymous memory file that can be sealed and is closed on exec.
int linux_memfd_create(const char *_Nonnull name);

/// Forbids shrinking, growing and further sealing; writing stays allowed.
int linux_memfd_seal(int descriptor);

/// The seals that are set, as F_SEAL_ bits, or -1 with errno set when the file cannot carry seals.
int linux_memfd_seals(int descriptor);

/// The F_SEAL_ bits that linux_memfd_seal sets.
int linux_memfd_required_seals(void);

/// A descriptor that becomes readable when the process ends.
int linux_pidfd_open(pid_t pid);

/// Closes every descriptor from `lowest` up in a process that is about to be spawned.
int linux_spawn_close_from(posix_spawn_file_actions_t *_Nonnull actions, int lowest);

/// Processor cores that this process may run on; at least 1.
int linux_cpu_count(void);

/// Sets or clears O_NONBLOCK.
int linux_set_nonblocking(int descriptor, int enabled);

/// Sets or clears FD_CLOEXEC.
int linux_set_close_on_exec(int descriptor, int enabled);

/// Names the calling thread; at most 15 bytes are kept.
int linux_thread_set_name(const char *_Nonnull name);

/// Asks for turns of so many nanoseconds on the processor for the calling thread, not for threads
/// and processes that it starts: shorter turns come sooner. 0.1 to 100 ms; kernels before 6.12 ignore
/// it, others may refuse. Only a thread's first call does something.
void linux_thread_set_slice(uint64_t nanoseconds);

/// The process's number and user at the other end of a Unix socket.
int linux_peer_credentials(int socket, pid_t *_Nonnull pid, uid_t *_Nonnull uid, gid_t *_Nonnull gid);

/// What has arrived on a TCP connection: bytes in all, and milliseconds since the last of them.
/// Returns 0, or -1 with errno set for a socket of another kind.
int linux_tcp_progress(int socket, uint64_t *_Nonnull received, uint32_t *_Nonnull silence);

/// The supplementary groups of the process at the other end of a Unix socket; returns how many, or -1
/// with errno set, ERANGE when there are more than `capacity`.
int linux_peer_groups(int socket, gid_t *_Nonnull groups, int capacity);

/// Sends `signal` to every thread of a process by itself; those that are gone are passed over.
void linux_signal_threads(pid_t process, int signal);

/// Asks the kernel to send `signal` when the parent thread ends.
int linux_set_parent_death_signal(int signal);

/// Forbids gaining privileges through exec, for ever.
int linux_set_no_new_privileges(void);

/// Makes an empty file share the blocks of another until one of them is written; both must be on one
/// file system, which must be able to. Returns 0, or -1 with errno set.
int linux_clone_file(int target, int source);

// Exit statuses as the wait macros decode them.
int linux_exited(int status);
int linux_exit_code(int status);
int linux_signaled(int status);
int linux_term_signal(int status);

#endif
