#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Rights by the version of the interface that introduced them; headers may be older than kernels.
#define RIGHTS_VERSION_1 ((1ULL << 13) - 1)
#define RIGHT_REFER (1ULL << 13)
#define RIGHT_TRUNCATE (1ULL << 14)
#define RIGHT_IOCTL_DEVICE (1ULL << 15)
#define RIGHTS_TCP 3ULL
#define SCOPES_OUTSIDE 3ULL

#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_WRITE                                                                      \
    (RIGHTS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |        \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                       \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | RIGHT_REFER | RIGHT_TRUNCATE)
#define RIGHTS_DEVICE (RIGHTS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_IOCTL_DEVICE)
// What makes sense for a single file; the kernel refuses rules that allow more.
#define RIGHTS_FILE                                                                            \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
     RIGHT_TRUNCATE | RIGHT_IOCTL_DEVICE)

// The kernel's struct landlock_ruleset_attr as of version 6. A kernel that knows less takes it as
// long as what it does not know is nought.
struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

static int create(struct ruleset ruleset) {
    return (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
}

int linux_landlock_version(void) {
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 1 ? 0 : (int)version;
}

static uint64_t handled_rights(void) {
    int version = linux_landlock_version();
    if (version == 0) return 0;
    uint64_t rights = RIGHTS_VERSION_1;
    if (version >= 2) rights |= RIGHT_REFER;
    if (version >= 3) rights |= RIGHT_TRUNCATE;
    if (version >= 5) rights |= RIGHT_IOCTL_DEVICE;
    return rights;
}

int linux_landlock_begin(void) {
    uint64_t rights = handled_rights();
    return rights == 0 ? -1 : create((struct ruleset){.files = rights});
}

static uint64_t rights_of(enum linux_tree_access access) {
    switch (access) {
        case LINUX_TREE_READ: return RIGHTS_READ;
        case LINUX_TREE_EXECUTE: return RIGHTS_READ | LANDLOCK_ACCESS_FS_EXECUTE;
        case LINUX_TREE_WRITE: return RIGHTS_WRITE;
        case LINUX_TREE_DEVICE: return RIGHTS_DEVICE;
    }
    return 0;
}

int linux_landlock_allow(int ruleset, const char *path, enum linux_tree_access access) {
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return -1;
    struct stat status;
    int result = fstat(place, &status);
    if (result == 0) {
        uint64_t rights = rights_of(access) & handled_rights();
        if (!S_ISDIR(status.st_mode)) rights &= RIGHTS_FILE;
        struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = place};
        result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    int code = errno;
    close(place);
    errno = code;
    return result;
}

static int allow_library(struct dl_phdr_info *library, size_t size, void *context) {
    (void)size;
    const int ruleset = *(int *)context;
    char folder[4096];
    const char *slash = strrchr(library->dlpi_name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - library->dlpi_name);
    // The program itself and the kernel's own library have no path.
    if (length == 0 || length >= sizeof folder) return 0;
    if (library->dlpi_addr == getauxval(AT_BASE)) {
        return linux_landlock_allow(ruleset, library->dlpi_name, LINUX_TREE_EXECUTE);
    }
    memcpy(folder, library->dlpi_name, length);
    folder[length] = 0;
    return linux_landlock_allow(ruleset, folder, LINUX_TREE_READ);
}

int linux_landlock_allow_libraries(int ruleset) {
    return dl_iterate_phdr(allow_library, &ruleset);
}

int linux_landlock_enforce(int ruleset) {
    if (ruleset < 0) return -1;
    long result = syscall(SYS_landlock_restrict_self, ruleset, 0);
    int code = errno;
    close(ruleset);
    errno = code;
    return (int)result;
}

/// Makes it certain that the kernel has the version that brought a right.
static int require(int version) {
    if (linux_landlock_version() >= version) return 0;
    errno = ENOTSUP;
    return -1;
}

int linux_landlock_refuse_tcp(void) {
    return require(4) == 0 ? linux_landlock_enforce(create((struct ruleset){.network = RIGHTS_TCP}))
                           : -1;
}

int linux_landlock_refuse_outside(void) {
    return require(6) == 0
               ? linux_landlock_enforce(create((struct ruleset){.scopes = SCOPES_OUTSIDE}))
               : -1;
}
