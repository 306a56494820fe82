#include <jansson.h>

// Macros and inline reference counting that Swift cannot import.
static inline json_type shim_json_type(const json_t *value) { return json_typeof(value); }
static inline void shim_json_release(json_t *value) { json_decref(value); }
