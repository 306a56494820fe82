#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

struct connection {
    int socket;
    int64_t asked;
    size_t count;
    char *bytes;
};

enum { ROOM = 16384 };

static int epoll_with(struct connection *connections, int count) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < count; index++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t) index};
        epoll_ctl(epoll, EPOLL_CTL_ADD, connections[index].socket, &event);
    }
    return epoll;
}

static struct connection *connect_all(int port, int count) {
    struct connection *connections = calloc((size_t) count, sizeof *connections);
    for (int index = 0; index < count; index++) {
        connections[index].socket = load_connect(port);
    }
    return connections;
}

/// Reads what is there; returns bytes, 0 at the end of the stream.
static ssize_t fill(struct connection *connection) {
    if (connection->bytes == NULL) connection->bytes = malloc(ROOM);
    ssize_t got = recv(connection->socket, connection->bytes + connection->count,
                       ROOM - connection->count, MSG_DONTWAIT);
    if (got > 0) connection->count += (size_t) got;
    return got;
}

int mode_rate(int port, const char *path, int count, double seconds) {
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    struct connection *connections = connect_all(port, count);
    int epoll = epoll_with(connections, count);
    for (int index = 0; index < count; index++) {
        connections[index].asked = load_now();
        load_send(connections[index].socket, request);
    }
    struct samples latencies = {0};
    int64_t start = load_now(), end = start + (int64_t) (seconds * 1e9);
    long answered = 0, failed = 0;
    struct epoll_event events[64];
    while (load_now() < end) {
        int ready = epoll_wait(epoll, events, 64, 1000);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = &connections[events[i].data.u32];
            if (fill(connection) <= 0) {
                fprintf(stderr, "http-load-benchmark: a connection was lost\n");
                return 1;
            }
            long length = load_response_length(connection->bytes, connection->count);
            if (length == 0) continue;
            if (length < 0) failed++;
            int64_t now = load_now();
            samples_add(&latencies, (double) (now - connection->asked) / 1000);
            answered++;
            connection->count = 0;
            connection->asked = now;
            load_send(connection->socket, request);
        }
    }
    double elapsed = (double) (load_now() - start) / 1e9;
    printf("{\"rate\": %.1f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"failed\": %ld}\n",
           (double) answered / elapsed, samples_quantile(&latencies, 0.5),
           samples_quantile(&latencies, 0.99), failed);
    return 0;
}

/// Takes the events out of a stream's bytes: each is "data: <nanoseconds>" and an empty line.
static void take_events(struct connection *stream, struct samples *lateness, int64_t now) {
    char *from = stream->bytes, *end = stream->bytes + stream->count;
    for (;;) {
        char *mark = memmem(from, (size_t) (end - from), "data: ", 6);
        if (mark == NULL) break;
        char *stop = memmem(mark, (size_t) (end - mark), "\n\n", 2);
        if (stop == NULL) break;
        int64_t due = strtoll(mark + 6, NULL, 10);
        if (due > 0) samples_add(lateness, (double) (now - due) / 1e6);
        from = stop + 2;
    }
    stream->count = (size_t) (end - from);
    memmove(stream->bytes, from, stream->count);
}

int mode_streams(int port, const char *path, int count, double seconds) {
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    struct connection *streams = connect_all(port, count);
    int epoll = epoll_with(streams, count);
    for (int index = 0; index < count; index++) load_send(streams[index].socket, request);
    struct samples lateness = {0};
    int64_t start = load_now();
    // The first second belongs to the start of so many streams.
    int64_t from = start + 1000000000, end = from + (int64_t) (seconds * 1e9);
    struct epoll_event events[256];
    long lost = 0;
    while (load_now() < end) {
        int ready = epoll_wait(epoll, events, 256, 1000);
        int64_t now = load_now();
        for (int i = 0; i < ready; i++) {
            struct connection *stream = &streams[events[i].data.u32];
            if (fill(stream) <= 0) {
                lost++;
                epoll_ctl(epoll, EPOLL_CTL_DEL, stream->socket, NULL);
                continue;
            }
            take_events(stream, &lateness, now);
            if (now < from) lateness.count = 0;
        }
    }
    printf("{\"events\": %zu, \"rate\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"max_ms\": %.3f, \"lost\": %ld}\n",
           lateness.count, (double) lateness.count / seconds, samples_quantile(&lateness, 0.5),
           samples_quantile(&lateness, 0.99), samples_quantile(&lateness, 1), lost);
    fflush(stdout);
    // Kept open until the driver has looked at the server's memory.
    char byte;
    while (read(0, &byte, 1) > 0) {}
    return 0;
}

int mode_idle(int port, const char *path, int count) {
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    char answer[ROOM];
    for (int index = 0; index < count; index++) {
        int socket = load_connect(port);
        load_send(socket, request);
        size_t got = 0;
        while (load_response_length(answer, got) == 0) {
            ssize_t more = recv(socket, answer + got, sizeof answer - got, 0);
            if (more <= 0) {
                fprintf(stderr, "http-load-benchmark: connection %d was lost\n", index);
                return 1;
            }
            got += (size_t) more;
        }
        if (load_response_length(answer, got) < 0) {
            fprintf(stderr, "http-load-benchmark: connection %d was refused\n", index);
            return 1;
        }
    }
    printf("ready\n");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {}
    return 0;
}
