// The floor of a first token: what any program between a client and an engine adds when another one
// owns the engine. It passes bytes on and knows nothing of them. For each request it asks its owner, a
// second process, which connects to the engine and hands the connection over. As many processes wake
// up as with Baton, and nothing is parsed, decided or counted. relay-benchmark PORT SOCKET
//
// One client at a time, requests of one segment, and answers at whose end the engine closes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// About as long as Baton's frames.
enum { QUESTION = 160, GRANT = 240 };

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void check(int result, const char *what) {
    if (result < 0) fail(what);
}

static void watch(int poll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    check(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

// The next descriptor that has something to read.
static int next(int poll) {
    struct epoll_event event;
    check(epoll_wait(poll, &event, 1, -1), "epoll_wait");
    return event.data.fd;
}

static int loopback(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t) port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    check(listener, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    check(bind(listener, (struct sockaddr *) &address, sizeof address), "bind");
    check(listen(listener, 8), "listen");
    return listener;
}

static int engine(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    check(connection, "socket");
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    check(connect(connection, (struct sockaddr *) &address, sizeof address), "connect");
    return connection;
}

// A message that may carry a descriptor.
struct letter {
    char bytes[512];
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part;
    struct msghdr head;
};

static void address(struct letter *letter, size_t size) {
    memset(letter, 0, sizeof *letter);
    letter->part = (struct iovec) {letter->bytes, size};
    letter->head = (struct msghdr) {
        .msg_iov = &letter->part,
        .msg_iovlen = 1,
        .msg_control = letter->control,
        .msg_controllen = sizeof letter->control,
    };
}

// The process that owns the engine: a connection for each question.
static void own(int questions, const char *path) {
    int poll = epoll_create1(0);
    watch(poll, questions);
    for (;;) {
        char question[QUESTION];
        next(poll);
        if (recv(questions, question, sizeof question, 0) <= 0) exit(0);
        struct letter grant;
        address(&grant, GRANT);
        struct cmsghdr *carried = CMSG_FIRSTHDR(&grant.head);
        carried->cmsg_level = SOL_SOCKET;
        carried->cmsg_type = SCM_RIGHTS;
        carried->cmsg_len = CMSG_LEN(sizeof(int));
        int connection = engine(path);
        memcpy(CMSG_DATA(carried), &connection, sizeof connection);
        check((int) sendmsg(questions, &grant.head, 0), "sendmsg");
        close(connection);
    }
}

static void ask(int owner) {
    char question[QUESTION] = {0};
    check((int) send(owner, question, sizeof question, MSG_NOSIGNAL), "send");
}

static int granted(int owner) {
    struct letter grant;
    int connection;
    address(&grant, sizeof grant.bytes);
    if (recvmsg(owner, &grant.head, 0) <= 0) fail("recvmsg");
    memcpy(&connection, CMSG_DATA(CMSG_FIRSTHDR(&grant.head)), sizeof connection);
    return connection;
}

static void serve(int listener, int owner) {
    static char request[1 << 16], piece[1 << 16];
    ssize_t asked = 0, count;
    int poll = epoll_create1(0), client = -1, source = -1, yes = 1;
    watch(poll, STDIN_FILENO);
    watch(poll, listener);
    watch(poll, owner);
    for (;;) {
        int ready = next(poll);
        if (ready == STDIN_FILENO) {
            // Ends with its parent, which closes the pipe.
            return;
        } else if (ready == listener) {
            if (client >= 0) close(client);
            check(client = accept(listener, NULL, NULL), "accept");
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            watch(poll, client);
        } else if (ready == client) {
            asked = recv(client, request, sizeof request, 0);
            if (asked > 0) {
                ask(owner);
            } else {
                close(client);
                client = -1;
            }
        } else if (ready == owner) {
            source = granted(owner);
            watch(poll, source);
            check((int) send(source, request, (size_t) asked, MSG_NOSIGNAL), "send");
        } else if ((count = recv(source, piece, sizeof piece, 0)) > 0) {
            send(client, piece, (size_t) count, MSG_NOSIGNAL);
        } else {
            close(source);
            source = -1;
        }
    }
}

int main(int count, char **words) {
    if (count != 3) {
        fprintf(stderr, "usage: relay-benchmark PORT SOCKET\n");
        return 2;
    }
    int ends[2], listener = loopback(atoi(words[1]));
    check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), "socketpair");
    pid_t owner = fork();
    check(owner, "fork");
    if (owner == 0) {
        // It learns from the closed socket that the other process has ended.
        close(ends[0]);
        close(listener);
        own(ends[1], words[2]);
    }
    close(ends[1]);
    printf("ready\n");
    fflush(stdout);
    serve(listener, ends[0]);
    return 0;
}
