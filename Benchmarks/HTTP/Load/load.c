#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static void die(const char *what) {
    perror(what);
    exit(1);
}

int64_t load_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

int load_connect(int port) {
    int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (number < 0) die("socket");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t) port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(number, (struct sockaddr *) &address, sizeof address) != 0) die("connect");
    int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return number;
}

void load_send(int socket, const char *text) {
    size_t length = strlen(text);
    if (send(socket, text, length, MSG_NOSIGNAL) != (ssize_t) length) die("send");
}

long load_response_length(const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (memcmp(bytes, "HTTP/1.1 200", 12) != 0) return -1;
    size_t head = (size_t) (end - bytes) + 4;
    const char *field = memmem(bytes, head, "Content-Length: ", 16);
    size_t body = field == NULL ? 0 : (size_t) atol(field + 16);
    return count >= head + body ? (long) (head + body) : 0;
}

void samples_add(struct samples *samples, double value) {
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity == 0 ? 4096 : 2 * samples->capacity;
        samples->values = realloc(samples->values, samples->capacity * sizeof(double));
        if (samples->values == NULL) die("realloc");
    }
    samples->values[samples->count++] = value;
}

static int compare(const void *left, const void *right) {
    double a = *(const double *) left, b = *(const double *) right;
    return a < b ? -1 : a > b;
}

double samples_quantile(struct samples *samples, double share) {
    if (samples->count == 0) return 0;
    qsort(samples->values, samples->count, sizeof(double), compare);
    size_t index = (size_t) (share * (double) samples->count);
    return samples->values[index < samples->count ? index : samples->count - 1];
}
