#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

// What a daemon is started with.
struct shim_mhd_settings {
    int listener;
    // 0 for none: whoever started it calls `MHD_run`.
    unsigned int threads;
    unsigned int connections;
    unsigned int idle_seconds;
    // Bytes of each connection for request head, response head and the piece of body just read.
    size_t memory;
    // Certificate chain and private key as PEM texts, or null for plain HTTP.
    const char *certificate;
    const char *key;
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
                                                MHD_NotifyConnectionCallback on_connection,
                                                void *context) {
    unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (settings->threads) flags |= MHD_USE_INTERNAL_POLLING_THREAD;
    // Ends the list at once for plain HTTP: an option without a certificate is refused.
    enum MHD_OPTION certificate = MHD_OPTION_END;
    if (settings->certificate) {
        flags |= MHD_USE_TLS;
        certificate = MHD_OPTION_HTTPS_MEM_CERT;
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL,
        on_request, context,
        MHD_OPTION_LISTEN_SOCKET, settings->listener,
        MHD_OPTION_THREAD_POOL_SIZE, settings->threads,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->memory,
        MHD_OPTION_UNESCAPE_CALLBACK, shim_mhd_keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, context,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, context,
        certificate, settings->certificate,
        MHD_OPTION_HTTPS_MEM_KEY, settings->key,
        MHD_OPTION_END);
}

// What the library waits with, where it has no thread; -1 where it has.
static inline int shim_mhd_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

// MHD_get_connection_info is variadic too, and the socket types that the library's header brings
// along stay out of Swift's sight.

static inline int shim_mhd_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

// What the connection callback stored, or null.
static inline void *shim_mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

// Writes the client's numeric address, or an empty text.
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

// The header fields that the server itself looks at; null where one is missing.
struct shim_mhd_head {
    const char *authorization;
    const char *content_length;
    const char *content_type;
    const char *expect;
    const char *host;
    const char *origin;
    const char *request_id;
    const char *transfer_encoding;
    // How many fields say how long the body is; more than one is an attack or a mistake.
    int framings;
    // How many fields name the host; HTTP/1.1 wants exactly one.
    int hosts;
};

static inline enum MHD_Result shim_mhd_note(void *context, enum MHD_ValueKind kind,
                                            const char *name, const char *value) {
    struct shim_mhd_head *head = context;
    const char **place = NULL;
    (void) kind;
    // The length tells nearly all of them apart, so that a field costs one comparison at most.
    switch (strlen(name)) {
        case 4: place = strcasecmp(name, "Host") ? NULL : &head->host; break;
        case 6:
            place = strcasecmp(name, "Origin") == 0   ? &head->origin
                    : strcasecmp(name, "Expect") == 0 ? &head->expect
                                                      : NULL;
            break;
        case 12:
            place = strcasecmp(name, "Content-Type") == 0   ? &head->content_type
                    : strcasecmp(name, "X-Request-Id") == 0 ? &head->request_id
                                                            : NULL;
            break;
        case 13: place = strcasecmp(name, "Authorization") ? NULL : &head->authorization; break;
        case 14: place = strcasecmp(name, "Content-Length") ? NULL : &head->content_length; break;
        case 17:
            place = strcasecmp(name, "Transfer-Encoding") ? NULL : &head->transfer_encoding;
            break;
        default: break;
    }
    if (place == &head->content_length || place == &head->transfer_encoding) head->framings++;
    if (place == &head->host) head->hosts++;
    // The first of several counts, as everywhere in the server.
    if (place && !*place) *place = value ? value : "";
    return MHD_YES;
}

// Reads them in one pass; the texts live as long as the request.
static inline struct shim_mhd_head shim_mhd_read_head(struct MHD_Connection *connection) {
    struct shim_mhd_head head = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, shim_mhd_note, &head);
    return head;
}

// What a content reader returns beside a number of bytes; macros with casts stay out of Swift.
static const ssize_t shim_mhd_end_of_stream = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t shim_mhd_end_with_error = MHD_CONTENT_READER_END_WITH_ERROR;

// A response of unknown length whose bytes a callback supplies; the library's macro for the unknown
// size has a cast.
static inline struct MHD_Response *shim_mhd_stream(MHD_ContentReaderCallback read, void *context,
                                                   MHD_ContentReaderFreeCallback release) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, read, context, release);
}

// Marks a response of unknown length as the answer to HEAD: without chunks, whose end the library
// would send although there is no body.
static inline void shim_mhd_without_chunks(struct MHD_Response *response) {
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}
