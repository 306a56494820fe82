// What the modes of the load generator share: sockets, time, and samples.
#ifndef BATON_LOAD_H
#define BATON_LOAD_H

#include <stddef.h>
#include <stdint.h>

/// Nanoseconds on the monotonic clock, which all processes share.
int64_t load_now(void);

/// A connected, non-blocking socket to a port on loopback; ends the program when there is none.
int load_connect(int port);

/// Sends a whole request; ends the program when the kernel does not take it at once.
void load_send(int socket, const char *text);

/// The bytes of the first complete response in a buffer, or 0; -1 when it is not 200.
long load_response_length(const char *bytes, size_t count);

/// Measured values, kept to be sorted.
struct samples {
    double *values;
    size_t count;
    size_t capacity;
};

void samples_add(struct samples *samples, double value);

/// The value below which a share of the samples lies; 0 without samples.
double samples_quantile(struct samples *samples, double share);

/// Closed loop: each connection asks again as soon as it is answered.
int mode_rate(int port, const char *path, int connections, double seconds);

/// Server-sent events that carry the time at which they were due, in nanoseconds.
int mode_streams(int port, const char *path, int streams, double seconds);

/// Connections that have been used once and then say nothing, until standard input ends.
int mode_idle(int port, const char *path, int connections);

#endif
