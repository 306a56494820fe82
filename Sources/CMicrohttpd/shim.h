#include <microhttpd.h>
#include <string.h>

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

// MHD_get_connection_info is variadic and returns a union.
static inline const struct sockaddr *shim_mhd_peer(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}
