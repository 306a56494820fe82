// Load for the HTTP benchmarks; prints one line of JSON.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "load.h"

static int usage(void) {
    fprintf(stderr, "usage: http-load-benchmark rate PORT PATH CONNECTIONS SECONDS\n"
                    "       http-load-benchmark streams PORT PATH COUNT SECONDS\n"
                    "       http-load-benchmark idle PORT PATH COUNT\n");
    return 2;
}

int main(int count, char **words) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (count < 5) return usage();
    int port = atoi(words[2]), number = atoi(words[4]);
    double seconds = count > 5 ? atof(words[5]) : 0;
    if (strcmp(words[1], "rate") == 0) return mode_rate(port, words[3], number, seconds);
    if (strcmp(words[1], "streams") == 0) return mode_streams(port, words[3], number, seconds);
    if (strcmp(words[1], "idle") == 0) return mode_idle(port, words[3], number);
    return usage();
}
