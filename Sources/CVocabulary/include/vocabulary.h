// llama.cpp's tokenizer without its exceptions, since one that reached Swift would end the process;
// and what Swift's module of the C library lacks.
#ifndef BATON_VOCABULARY_H
#define BATON_VOCABULARY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct llama_vocab;

/// What vocabulary_tokenize answers instead of a number of tokens.
enum {
    /// More tokens than can be counted.
    VOCABULARY_TOO_MANY = INT32_MIN,
    /// Memory is at its limit.
    VOCABULARY_NO_MEMORY = INT32_MIN + 1,
    /// The vocabulary has no token for something in the text.
    VOCABULARY_FAILED = INT32_MIN + 2,
};

/// Turns a text into tokens. The vocabulary must be of a type other than none.
///
/// Returns how many there are; if they do not fit into `capacity`, that number negated, and the
/// tokens are not written; or one of the values above.
int32_t vocabulary_tokenize(const struct llama_vocab *_Nonnull vocabulary,
                            const char *_Nullable text, int32_t count, int32_t *_Nullable tokens,
                            int32_t capacity, bool add_special, bool parse_special);

/// Gives memory that was freed back to the kernel, where the C library can.
void vocabulary_trim_memory(void);

#ifdef __cplusplus
}
#endif

#endif
