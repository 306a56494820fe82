// The kernel calls by which a process gives up rights before it executes another program. Each
// function returns 0, or -1 with errno set and nothing changed unless it says otherwise. Nothing here
// has a policy beyond the lists that the functions name.
#ifndef BATON_SANDBOX_H
#define BATON_SANDBOX_H

#include <stdint.h>

// Limits, priorities, capabilities: sandbox.c.

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

/// Sets the soft and the hard limit.
int linux_sandbox_limit(enum linux_limit_kind kind, uint64_t value);

/// Sets the niceness, -20 to 19.
int linux_sandbox_nice(int value);

/// Makes the process the leader of a group of its own; one that leads already is fine.
int linux_sandbox_lead_group(void);

/// Overwrites an existing file; for /proc.
int linux_sandbox_write(const char *_Nonnull path, const char *_Nonnull text);

/// Gives up every capability, for the next program too; needs no_new_privs for that. With
/// `keep_reading` not nought a process that may read every file still may.
int linux_sandbox_drop_capabilities(int keep_reading);

// Namespaces: namespaces.c.

/// Moves to a network namespace with nothing in it, in a user namespace if that needs one. After a
/// failure the process may be in a user namespace without names, which has fewer rights.
int linux_namespace_leave_network(void);

// Filters of system calls: seccomp*.c. They need no_new_privs, and hold for ever.

/// Refuses calls that reach into other processes or change the system, see seccomp_calls.c.
int linux_seccomp_refuse_calls(void);

/// Refuses sockets other than AF_UNIX and every connect() with EACCES; unconnected sockets of that
/// kind, socket pairs and sockets that are passed on stay usable.
int linux_seccomp_refuse_sockets(void);

/// Refuses new processes (not threads), and signals to any process but the calling one.
int linux_seccomp_refuse_processes(void);

// Landlock: landlock.c. It needs no_new_privs, and holds for ever.

/// What a Landlock rule allows at a path and beneath it.
enum linux_tree_access {
    /// Reading and listing.
    LINUX_TREE_READ = 0,
    /// Reading, and being executed.
    LINUX_TREE_EXECUTE = 1,
    /// Reading, and writing, making and removing plain files, sockets and folders.
    LINUX_TREE_WRITE = 2,
    /// Reading, writing and controlling devices.
    LINUX_TREE_DEVICE = 3,
};

/// The version of Landlock that the kernel has; 0 when it has none or it is switched off.
int linux_landlock_version(void);

/// Begins a ruleset that allows nothing; returns its descriptor. ENOSYS or EOPNOTSUPP when the
/// kernel has no Landlock.
int linux_landlock_begin(void);

/// Allows a file or a tree; a link allows what it leads to.
int linux_landlock_allow(int ruleset, const char *_Nonnull path, enum linux_tree_access access);

/// Allows reading the folders from which this process loaded its own libraries, and executing the
/// loader, without which no program starts.
int linux_landlock_allow_libraries(int ruleset);

/// Applies the ruleset and closes it.
int linux_landlock_enforce(int ruleset);

/// Refuses TCP; ENOTSUP before version 4.
int linux_landlock_refuse_tcp(void);

/// Refuses signals to processes, and connections to abstract Unix sockets, outside; ENOTSUP before
/// version 6.
int linux_landlock_refuse_outside(void);

#endif
