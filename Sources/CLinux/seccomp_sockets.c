#define _GNU_SOURCE
#include "sandbox.h"
#include "seccomp.h"

#include <sys/socket.h>

int linux_seccomp_refuse_sockets(void) {
    static const struct sock_filter filter[] = {
        BEGINNING,
        // A ring can open and connect sockets without these calls. ENOSYS, because libraries then do
        // without it.
        SKIP_UNLESS_EQUAL(SYS_io_uring_setup, 1),
        REFUSE(ENOSYS),
        // Whoever may connect a Unix socket reaches every daemon of the machine, and Landlock does
        // not look there. What is run here is connected to, and connects to nobody.
        SKIP_UNLESS_EQUAL(SYS_connect, 1),
        REFUSE(EACCES),
        SKIP_UNLESS_EQUAL(SYS_socket, 3),
        LOAD_ARGUMENT(0),
        SKIP_IF_EQUAL(AF_UNIX, 1),
        REFUSE(EACCES),
        ALLOW,
    };
    return seccomp_install(filter, sizeof filter / sizeof *filter);
}
