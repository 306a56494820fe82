#include "colour.h"

#include <stdint.h>
#include <string.h>

// Gives up `image` and goes on with what a conversion made of it.
static VipsImage *step(VipsImage *image, int failed, VipsImage *converted) {
    g_object_unref(image);
    return failed ? NULL : converted;
}

static VipsImage *keep_bands(VipsImage *image, int count) {
    VipsImage *kept = NULL;
    int failed = vips_extract_band(image, &kept, 0, "n", count, NULL);
    return step(image, failed, kept);
}

static VipsImage *flatten_on_white(VipsImage *image) {
    double white = image->BandFmt == VIPS_FORMAT_USHORT ? 65535 : 255;
    VipsArrayDouble *background = vips_array_double_newv(1, white);
    VipsImage *flat = NULL;
    int failed = vips_flatten(image, &flat, "background", background, "max_alpha", white, NULL);
    vips_area_unref(VIPS_AREA(background));
    return step(image, failed, flat);
}

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// Whether a profile calls itself sRGB: most files carry one, and converting sRGB to sRGB costs more
// than all the rest. The name may be ASCII or UTF-16, so zero bytes are left out.
static gboolean is_srgb(const uint8_t *profile, size_t size) {
    if (size < 132) return FALSE;
    uint32_t count = big_endian(profile + 128);
    for (uint32_t index = 0; index < count && 132 + 12 * (size_t)index + 12 <= size; index++) {
        const uint8_t *entry = profile + 132 + 12 * (size_t)index;
        if (memcmp(entry, "desc", 4) != 0) continue;
        size_t start = big_endian(entry + 4), length = big_endian(entry + 8);
        if (start > size || length > size - start) return FALSE;
        char name[128];
        size_t kept = 0;
        for (size_t at = start; at < start + length && kept + 1 < sizeof name; at++)
            if (profile[at] != 0) name[kept++] = (char)profile[at];
        name[kept] = 0;
        return strstr(name, "sRGB") != NULL && strstr(name, "inear") == NULL;
    }
    return FALSE;
}

// Converts by the embedded profile; the image unchanged when there is none or it is of no use.
static VipsImage *apply_profile(VipsImage *image) {
    const void *profile;
    size_t size;
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0) return image;
    if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size) != 0) return image;
    if (is_srgb(profile, size)) return image;
    VipsImage *converted = NULL;
    // The embedded profile only: the default would put in another one where that is broken.
    if (vips_icc_transform(image, &converted, "srgb", "embedded", TRUE, NULL) != 0) {
        vips_error_clear();
        return image;
    }
    g_object_unref(image);
    return converted;
}

// Files with more or fewer channels than any colour model has show their first ones.
static VipsImage *with_known_colours(VipsImage *image) {
    VipsInterpretation meaning = vips_image_guess_interpretation(image);
    if (meaning == VIPS_INTERPRETATION_CMYK)
        return image->Bands > 4 ? keep_bands(image, 4) : image;
    if (vips_image_hasalpha(image)) image = flatten_on_white(image);
    if (image == NULL || vips_colourspace_issupported(image)) return image;
    int bands = image->Bands >= 3 ? 3 : 1;
    image = keep_bands(image, bands);
    if (image == NULL) return NULL;
    VipsImage *named = NULL;
    meaning = bands == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W;
    int failed = vips_copy(image, &named, "interpretation", meaning, NULL);
    return step(image, failed, named);
}

VipsImage *media_to_srgb(VipsImage *image) {
    image = with_known_colours(image);
    if (image == NULL) return NULL;
    image = apply_profile(image);
    if (image->Type != VIPS_INTERPRETATION_sRGB || image->Bands != 3) {
        VipsImage *converted = NULL;
        int failed = vips_colourspace(image, &converted, VIPS_INTERPRETATION_sRGB, NULL);
        image = step(image, failed, converted);
        if (image == NULL) return NULL;
    }
    if (image->BandFmt != VIPS_FORMAT_UCHAR) {
        VipsImage *narrow = NULL;
        int failed = vips_cast_uchar(image, &narrow, NULL);
        image = step(image, failed, narrow);
    }
    if (image != NULL && image->Bands > 3) image = keep_bands(image, 3);
    if (image != NULL && image->Bands == 3) return image;
    if (image != NULL) g_object_unref(image);
    vips_error("baton-media", "the channels of the image mean no colours");
    return NULL;
}
