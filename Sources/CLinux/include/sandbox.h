// The kernel calls by which a process gives up rights before it executes another program. Each
// function returns 0, or -1 with errno set and nothing changed. Nothing here has a policy.
#ifndef BATON_SANDBOX_H
#define BATON_SANDBOX_H

#include <stdint.h>

/// What linux_sandbox_limit bounds.
enum linux_limit_kind {
    /// Private writable memory (heap, stacks of threads, anonymous maps); not mapped files, not
    /// reserved address space, not shared memory.
    LINUX_LIMIT_DATA = 0,
    /// Open descriptors.
    LINUX_LIMIT_FILES = 1,
    /// Size of a core dump.
    LINUX_LIMIT_CORE = 2,
};

/// What a Landlock rule allows beneath a path.
enum linux_tree_access {
    /// Reading, listing and executing.
    LINUX_TREE_READ = 0,
    /// The above, and writing, creating, removing, and ioctl on devices.
    LINUX_TREE_WRITE = 1,
};

/// Sets the soft and the hard limit.
int linux_sandbox_limit(enum linux_limit_kind kind, uint64_t value);

/// Sets the niceness, -20 to 19.
int linux_sandbox_nice(int value);

/// Makes the process the leader of a group of its own; one that leads already is fine.
int linux_sandbox_lead_group(void);

/// Overwrites an existing file; for /proc.
int linux_sandbox_write(const char *_Nonnull path, const char *_Nonnull text);

/// Moves to a network namespace with nothing in it, in a user namespace if that needs one.
int linux_sandbox_leave_network(void);

/// Refuses socket() other than AF_UNIX with EACCES and io_uring with ENOSYS; needs no_new_privs.
int linux_sandbox_refuse_sockets(void);

/// Begins a Landlock ruleset that allows nothing; returns its descriptor. ENOSYS or EOPNOTSUPP when
/// the kernel has no Landlock.
int linux_landlock_begin(void);

/// Allows a file or a tree.
int linux_landlock_allow(int ruleset, const char *_Nonnull path, enum linux_tree_access access);

/// Allows reading the folders from which this process loaded its own libraries.
int linux_landlock_allow_libraries(int ruleset);

/// Applies the ruleset for ever and closes it; needs no_new_privs.
int linux_landlock_enforce(int ruleset);

#endif
