#include "vocabulary.h"

#include <llama.h>
#include <new>
#ifdef __GLIBC__
#include <malloc.h>
#endif

int32_t vocabulary_tokenize(const llama_vocab *vocabulary, const char *text, int32_t count,
                            int32_t *tokens, int32_t capacity, bool add_special,
                            bool parse_special) {
    try {
        return llama_tokenize(vocabulary, text, count, tokens, capacity, add_special,
                              parse_special);
    } catch (const std::bad_alloc &) {
        return VOCABULARY_NO_MEMORY;
    } catch (...) {
        return VOCABULARY_FAILED;
    }
}

void vocabulary_trim_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
