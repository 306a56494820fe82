#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Rights by the version of the interface that introduced them; headers may be older than kernels.
#define RIGHTS_READ                                                         \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_VERSION_1 ((1ULL << 13) - 1)
#define RIGHT_REFER (1ULL << 13)
#define RIGHT_TRUNCATE (1ULL << 14)
#define RIGHT_IOCTL_DEVICE (1ULL << 15)
// What makes sense for a single file; the kernel refuses rules that allow more.
#define RIGHTS_FILE                                                                            \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
     RIGHT_TRUNCATE | RIGHT_IOCTL_DEVICE)

static uint64_t handled_rights(void) {
    static uint64_t rights;
    if (rights != 0) return rights;
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    rights = RIGHTS_VERSION_1;
    if (version >= 2) rights |= RIGHT_REFER;
    if (version >= 3) rights |= RIGHT_TRUNCATE;
    if (version >= 5) rights |= RIGHT_IOCTL_DEVICE;
    return rights;
}

int linux_landlock_begin(void) {
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled_rights()};
    if (attributes.handled_access_fs == 0) return -1;
    // Only the first field is given, which every version knows.
    size_t size = sizeof attributes.handled_access_fs;
    return (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
}

int linux_landlock_allow(int ruleset, const char *path, enum linux_tree_access access) {
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return -1;
    struct stat status;
    int result = fstat(place, &status);
    if (result == 0) {
        uint64_t rights = access == LINUX_TREE_WRITE ? handled_rights() : RIGHTS_READ;
        if (!S_ISDIR(status.st_mode)) rights &= RIGHTS_FILE;
        struct landlock_path_beneath_attr rule = {
            .allowed_access = rights & handled_rights(),
            .parent_fd = place,
        };
        result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    int code = errno;
    close(place);
    errno = code;
    return result;
}

static int allow_folder_of(struct dl_phdr_info *library, size_t size, void *context) {
    (void)size;
    char folder[4096];
    const char *slash = strrchr(library->dlpi_name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - library->dlpi_name);
    // The program itself and the kernel's own library have no path.
    if (length == 0 || length >= sizeof folder) return 0;
    memcpy(folder, library->dlpi_name, length);
    folder[length] = 0;
    return linux_landlock_allow(*(int *)context, folder, LINUX_TREE_READ);
}

int linux_landlock_allow_libraries(int ruleset) {
    return dl_iterate_phdr(allow_folder_of, &ruleset);
}

int linux_landlock_enforce(int ruleset) {
    long result = syscall(SYS_landlock_restrict_self, ruleset, 0);
    int code = errno;
    close(ruleset);
    errno = code;
    return (int)result;
}
