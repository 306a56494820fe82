#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// What a daemon is started with.
struct shim_mhd_settings {
    int listener;
    unsigned int threads;
    unsigned int connections;
    unsigned int idle_seconds;
};

// Leaves paths and queries as they came: the library's own decoding turns %00 into the string's end.
static inline size_t shim_mhd_keep_escapes(void *context, struct MHD_Connection *connection,
                                           char *text) {
    (void) context;
    (void) connection;
    return strlen(text);
}

// MHD_start_daemon is variadic, which Swift cannot call.
static inline struct MHD_Daemon *shim_mhd_start(const struct shim_mhd_settings *settings,
                                                MHD_AccessHandlerCallback on_request,
                                                MHD_RequestCompletedCallback on_completed,
                                                void *context) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        on_request, context,
        MHD_OPTION_LISTEN_SOCKET, settings->listener,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
        MHD_OPTION_UNESCAPE_CALLBACK, shim_mhd_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, context,
        MHD_OPTION_END);
}

// Writes the client's numeric address, or an empty text. MHD_get_connection_info is variadic, and
// the socket types that the library's header brings along stay out of Swift's sight.
static inline void shim_mhd_peer(struct MHD_Connection *connection, char *text, socklen_t size) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    text[0] = 0;
    if (address && address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *) address)->sin_addr, text, size);
    } else if (address && address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *) address)->sin6_addr, text, size);
    }
}
