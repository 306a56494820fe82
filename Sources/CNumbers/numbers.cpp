#include "numbers.h"

#include <charconv>

int numbers_float(float value, char *text)
{
    // The longest form is that of -1.17549435e-38: no error can occur.
    return static_cast<int>(std::to_chars(text, text + NUMBERS_ROOM, value).ptr - text);
}
