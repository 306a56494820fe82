#ifndef BATON_COLOUR_H
#define BATON_COLOUR_H

#include <vips/vips.h>

/// Replaces an image by its conversion to 8-bit sRGB with three bands, on white. The image is given
/// up in every case; NULL when it cannot be converted.
VipsImage *media_to_srgb(VipsImage *image);

#endif
