#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdio.h>

// What Swift does not see: macros, and variables of C that other threads could change.
static const attr_t curses_bold = A_BOLD;
static const attr_t curses_reverse = A_REVERSE;
static const attr_t curses_dim = A_DIM;
static const int curses_key_up = KEY_UP;
static const int curses_key_down = KEY_DOWN;
static const int curses_key_resize = KEY_RESIZE;

/// Takes the terminal over; NULL when it cannot be used as a screen.
static inline SCREEN *curses_open(void) { return newterm(NULL, stdout, stdin); }

/// The whole screen.
static inline WINDOW *curses_window(void) { return stdscr; }
