// Libcurl's functions, which open it at the first call instead of having it linked: with what it
// brings along it doubles the time in which a program starts, and most programs never speak HTTP to
// others. Each has the name that it has there, hidden, so that libcurl's own calls do not end here.

#define CURL_DISABLE_TYPECHECK
#include "shim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>

// Macros that check the number of arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define FUNCTIONS(OF) \
    OF(curl_easy_cleanup) OF(curl_easy_getinfo) OF(curl_easy_init) OF(curl_easy_pause) \
    OF(curl_easy_setopt) OF(curl_easy_strerror) OF(curl_free) OF(curl_global_init) \
    OF(curl_multi_add_handle) OF(curl_multi_cleanup) OF(curl_multi_info_read) \
    OF(curl_multi_init) OF(curl_multi_perform) OF(curl_multi_poll) \
    OF(curl_multi_remove_handle) OF(curl_multi_setopt) OF(curl_multi_wakeup) \
    OF(curl_slist_append) OF(curl_slist_free_all) OF(curl_url) OF(curl_url_cleanup) \
    OF(curl_url_get) OF(curl_url_set)

#define POINTER(name) static __typeof__(&name) name##_pointer;
FUNCTIONS(POINTER)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_open;

static void open_library(void) {
    // The same library under both names, with one or the other library for TLS.
    static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
    void *library = NULL;
    for (size_t index = 0; index < 2 && !library; index++) {
        library = dlopen(names[index], RTLD_LAZY | RTLD_LOCAL);
    }
    if (!library) return;
    int missing = 0;
#define FIND(name) \
    name##_pointer = (__typeof__(&name))dlsym(library, #name); \
    missing += !name##_pointer;
    FUNCTIONS(FIND)
    is_open = !missing;
}

// Whether every function was found; otherwise nothing can be made, and all else needs what was made.
static int opened(void) {
    pthread_once(&once, open_library);
    return is_open;
}

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN CURLcode curl_global_init(long flags) {
    return opened() ? curl_global_init_pointer(flags) : CURLE_FAILED_INIT;
}

HIDDEN CURL *curl_easy_init(void) { return opened() ? curl_easy_init_pointer() : NULL; }
HIDDEN CURLM *curl_multi_init(void) { return opened() ? curl_multi_init_pointer() : NULL; }
HIDDEN CURLU *curl_url(void) { return opened() ? curl_url_pointer() : NULL; }

HIDDEN struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text) {
    return opened() ? curl_slist_append_pointer(list, text) : NULL;
}

HIDDEN const char *curl_easy_strerror(CURLcode code) {
    return opened() ? curl_easy_strerror_pointer(code) : "libcurl is missing";
}

HIDDEN void curl_easy_cleanup(CURL *easy) { curl_easy_cleanup_pointer(easy); }
HIDDEN CURLcode curl_easy_pause(CURL *easy, int mask) { return curl_easy_pause_pointer(easy, mask); }

// Every argument that follows has the size of a pointer, whatever its type.
#define LAST(value) \
    va_list list; \
    va_start(list, value); \
    void *last = va_arg(list, void *); \
    va_end(list);

HIDDEN CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...) {
    LAST(option)
    return curl_easy_setopt_pointer(easy, option, last);
}

HIDDEN CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...) {
    LAST(info)
    return curl_easy_getinfo_pointer(easy, info, last);
}

HIDDEN CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...) {
    LAST(option)
    return curl_multi_setopt_pointer(multi, option, last);
}

_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *),
               "options are passed on as pointers");

HIDDEN void curl_free(void *memory) {
    if (memory) curl_free_pointer(memory);
}

HIDDEN CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy) {
    return curl_multi_add_handle_pointer(multi, easy);
}

HIDDEN CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy) {
    return curl_multi_remove_handle_pointer(multi, easy);
}

HIDDEN CURLMcode curl_multi_cleanup(CURLM *multi) { return curl_multi_cleanup_pointer(multi); }

HIDDEN CURLMsg *curl_multi_info_read(CURLM *multi, int *left) {
    return curl_multi_info_read_pointer(multi, left);
}

HIDDEN CURLMcode curl_multi_perform(CURLM *multi, int *running) {
    return curl_multi_perform_pointer(multi, running);
}

HIDDEN CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd *others, unsigned int count,
                                 int milliseconds, int *ready) {
    return curl_multi_poll_pointer(multi, others, count, milliseconds, ready);
}

HIDDEN CURLMcode curl_multi_wakeup(CURLM *multi) { return curl_multi_wakeup_pointer(multi); }

HIDDEN void curl_slist_free_all(struct curl_slist *list) {
    if (list) curl_slist_free_all_pointer(list);
}

HIDDEN void curl_url_cleanup(CURLU *url) { curl_url_cleanup_pointer(url); }

// Its first argument is constant in newer headers and is not in older ones.
HIDDEN CURLUcode url_get(CURLU *url, CURLUPart what, char **part, unsigned int flags)
    __asm__("curl_url_get");

CURLUcode url_get(CURLU *url, CURLUPart what, char **part, unsigned int flags) {
    return curl_url_get_pointer(url, what, part, flags);
}

HIDDEN CURLUcode curl_url_set(CURLU *url, CURLUPart what, const char *part, unsigned int flags) {
    return curl_url_set_pointer(url, what, part, flags);
}
