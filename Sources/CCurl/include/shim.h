#include <curl/curl.h>

// Swift calls no variadic functions, so each kind of argument has a function of its own. The options
// are checked by libcurl; every one of these returns what it returns.

static inline CURLcode shim_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// Libcurl keeps a copy of the text.
static inline CURLcode shim_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode shim_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

/// Takes bytes, or brings them for an upload; returns how many.
typedef size_t (*shim_curl_data)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode shim_curl_set_data(CURL *easy, CURLoption option, shim_curl_data function) {
    return curl_easy_setopt(easy, option, function);
}

static inline CURLcode shim_curl_set_seek(CURL *easy, curl_seek_callback function) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, function);
}

static inline CURLcode shim_curl_set_open(CURL *easy, curl_opensocket_callback function) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, function);
}

static inline CURLcode shim_curl_set_before(CURL *easy, curl_prereq_callback function) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode shim_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode shim_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// A union that Swift would read without types.
static inline CURLcode shim_curl_result(const CURLMsg *message) { return message->data.result; }

// Macros with casts, which Swift does not see.
static inline size_t shim_curl_write_pause(void) { return CURL_WRITEFUNC_PAUSE; }
static inline size_t shim_curl_read_pause(void) { return CURL_READFUNC_PAUSE; }
static inline size_t shim_curl_read_abort(void) { return CURL_READFUNC_ABORT; }
static inline curl_socket_t shim_curl_no_socket(void) { return CURL_SOCKET_BAD; }
static inline int shim_curl_pause_nothing(void) { return CURLPAUSE_CONT; }
static inline long shim_curl_init_all(void) { return CURL_GLOBAL_DEFAULT; }
