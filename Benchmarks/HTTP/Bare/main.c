// The yardstick: a libmicrohttpd server in C that answers every request with the same bytes, the way
// the library's own examples do. http-bare-benchmark PORT BODY [CONTENT-TYPE]
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *body;
static const char *type;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state) {
    (void) context, (void) url, (void) method, (void) version, (void) data, (void) size;
    static int seen;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    *state = NULL;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), (void *) body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Request-Id", "0123456789abcdef");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: http-bare-benchmark PORT BODY [CONTENT-TYPE]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    body = words[2];
    type = count > 3 ? words[3] : "application/json";
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t) atoi(words[1]), NULL, NULL, answer, NULL,
        MHD_OPTION_CONNECTION_LIMIT, 1024u, MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_END);
    if (daemon == NULL) {
        perror("http-bare-benchmark");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    // Ends with its parent, which closes the pipe.
    char byte;
    while (read(0, &byte, 1) > 0) {}
    MHD_stop_daemon(daemon);
    return 0;
}
