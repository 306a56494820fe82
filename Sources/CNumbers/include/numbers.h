// Numbers as text by the C++ library, which needs no object of its own for each of them.
#ifndef BATON_NUMBERS_H
#define BATON_NUMBERS_H

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// Characters that every number fits in.
    NUMBERS_ROOM = 32
};

/// Writes a finite number in the shortest form that reads back the same; returns how many
/// characters. There is no zero behind them.
int numbers_float(float value, char *text);

#ifdef __cplusplus
}
#endif

#endif
