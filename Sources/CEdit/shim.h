#include <histedit.h>
#include <stdio.h>

// The library is opened when somebody types, not linked: no other program of ours carries it. Its
// functions come in as pointers here, because most of them are variadic, which Swift cannot call.

typedef const char *(*edit_prompt_function)(EditLine *);
typedef int (*edit_read_function)(EditLine *, wchar_t *);
typedef unsigned char (*edit_key_function)(EditLine *, int);

typedef EditLine *(*edit_init_pointer)(const char *, FILE *, FILE *, FILE *);
typedef void (*edit_end_pointer)(EditLine *);
typedef const char *(*edit_gets_pointer)(EditLine *, int *);
typedef void (*edit_resize_pointer)(EditLine *);
typedef const LineInfo *(*edit_line_pointer)(EditLine *);
typedef int (*edit_cursor_pointer)(EditLine *, int);
typedef void (*edit_delete_pointer)(EditLine *, int);
typedef int (*edit_insert_pointer)(EditLine *, const char *);
typedef History *(*edit_history_init_pointer)(void);
typedef void (*edit_history_end_pointer)(History *);
typedef int (*edit_set_pointer)(EditLine *, int, ...);
typedef int (*edit_get_pointer)(EditLine *, int, ...);
typedef int (*edit_history_pointer)(History *, HistEvent *, int, ...);
typedef int (*edit_history_function)(void *, HistEvent *, int, ...);

/// An editor on the standard streams; NULL when memory is short.
static inline EditLine *edit_open(edit_init_pointer init, const char *name) {
    return init(name, stdin, stdout, stderr);
}

static inline int edit_set_prompt(const void *set, EditLine *edit, edit_prompt_function prompt) {
    return ((edit_set_pointer)set)(edit, EL_PROMPT, prompt);
}

static inline int edit_set_reader(const void *set, EditLine *edit, edit_read_function reader) {
    return ((edit_set_pointer)set)(edit, EL_GETCFN, reader);
}

static inline int edit_set_data(const void *set, EditLine *edit, void *data) {
    return ((edit_set_pointer)set)(edit, EL_CLIENTDATA, data);
}

static inline int edit_get_data(const void *get, EditLine *edit, void **data) {
    return ((edit_get_pointer)get)(edit, EL_CLIENTDATA, data);
}

static inline int edit_set_keys(const void *set, EditLine *edit, const char *name) {
    return ((edit_set_pointer)set)(edit, EL_EDITOR, name);
}

static inline int edit_add_function(const void *set, EditLine *edit, const char *name,
                                    const char *about, edit_key_function function) {
    return ((edit_set_pointer)set)(edit, EL_ADDFN, name, about, function);
}

static inline int edit_bind(const void *set, EditLine *edit, const char *key, const char *name) {
    return ((edit_set_pointer)set)(edit, EL_BIND, key, name, NULL);
}

/// Changes a flag of the terminal while a line is edited: "-isig".
static inline int edit_set_terminal(const void *set, EditLine *edit, const char *flag) {
    return ((edit_set_pointer)set)(edit, EL_SETTY, "-d", flag, NULL);
}

static inline int edit_prepare_terminal(const void *set, EditLine *edit, int isPrepared) {
    return ((edit_set_pointer)set)(edit, EL_PREP_TERM, isPrepared);
}

/// Draws prompt and line from where the cursor is, as if there were nothing on the screen.
static inline int edit_draw(const void *set, EditLine *edit) {
    return ((edit_set_pointer)set)(edit, EL_REFRESH);
}

static inline int edit_set_history(const void *set, EditLine *edit, const void *function,
                                   History *history) {
    return ((edit_set_pointer)set)(edit, EL_HIST, (edit_history_function)function, history);
}

static inline int edit_history_number(const void *function, History *history, int operation,
                                      int number) {
    HistEvent event;
    return ((edit_history_pointer)function)(history, &event, operation, number);
}

static inline int edit_history_text(const void *function, History *history, int operation,
                                    const char *text) {
    HistEvent event;
    return ((edit_history_pointer)function)(history, &event, operation, text);
}

/// Columns of a character as libedit counts them; below 0 for controls. Glibc declares wcwidth only to
/// those who ask for all of X/Open.
static inline int edit_width(wchar_t character) {
    extern int wcwidth(wchar_t);
    return wcwidth(character);
}

static const unsigned char edit_redisplay = CC_REDISPLAY;
static const unsigned char edit_refresh = CC_REFRESH;
static const int edit_history_size = H_SETSIZE;
static const int edit_history_unique = H_SETUNIQUE;
static const int edit_history_enter = H_ENTER;
static const int edit_history_load = H_LOAD;
static const int edit_history_save = H_SAVE;
