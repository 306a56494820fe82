#include "colour.h"
#include "media_vips.h"

#include <string.h>
#include <vips/vips.h>

// Rows decoded at a time: enough to amortise the pipeline, few enough to stay in the cache.
#define STRIP_HEIGHT 16

struct media_source {
    VipsImage *image;
    media_header header;
};

media_source *media_vips_open(const void *bytes, size_t count, media_header *header) {
    VipsImage *image = vips_image_new_from_buffer(bytes, count, "", "access",
                                                  VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                                  VIPS_FAIL_ON_ERROR, NULL);
    if (image == NULL) return NULL;
    int orientation = vips_image_get_orientation(image);
    media_source *source = g_new0(media_source, 1);
    source->image = image;
    source->header.width = image->Xsize;
    source->header.height = image->Ysize;
    source->header.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    *header = source->header;
    return source;
}

void media_vips_close(media_source *source) {
    if (source->image != NULL) g_object_unref(source->image);
    g_free(source);
}

// Where the pixel (0, 0) of the file goes, and how far apart its neighbours to the right and below
// lie, in pixels of the upright image.
typedef struct {
    ptrdiff_t origin, right, down;
} placement;

static placement place(media_header header) {
    ptrdiff_t width = header.width, height = header.height;
    ptrdiff_t last = width * height - 1;
    switch (header.orientation) {
        case 2: return (placement){width - 1, -1, width};
        case 3: return (placement){last, -1, -width};
        case 4: return (placement){last - (width - 1), 1, -width};
        // From 5 on the upright image is as wide as the file is high.
        case 5: return (placement){0, height, 1};
        case 6: return (placement){height - 1, height, -1};
        case 7: return (placement){last, -height, -1};
        case 8: return (placement){last - (height - 1), -height, 1};
        default: return (placement){0, 1, width};
    }
}

static void copy_row(const uint8_t *row, int count, uint8_t *pixels, ptrdiff_t right) {
    if (right == 1) {
        memcpy(pixels, row, 3 * (size_t)count);
        return;
    }
    for (int x = 0; x < count; x++) {
        uint8_t *pixel = pixels + 3 * right * x;
        pixel[0] = row[3 * x];
        pixel[1] = row[3 * x + 1];
        pixel[2] = row[3 * x + 2];
    }
}

int media_vips_decode(media_source *source, uint8_t *pixels) {
    // The conversion takes the image over.
    VipsImage *image = media_to_srgb(source->image);
    source->image = image;
    if (image == NULL) return -1;
    placement placement = place(source->header);
    VipsRegion *region = vips_region_new(image);
    int result = 0;
    // Pulling strips from top to bottom needs no worker thread and no copy of the whole image.
    for (int top = 0; top < image->Ysize && result == 0; top += STRIP_HEIGHT) {
        VipsRect strip = {0, top, image->Xsize, VIPS_MIN(STRIP_HEIGHT, image->Ysize - top)};
        result = vips_region_prepare(region, &strip);
        for (int y = top; result == 0 && y < top + strip.height; y++) {
            uint8_t *start = pixels + 3 * (placement.origin + placement.down * y);
            copy_row(VIPS_REGION_ADDR(region, 0, y), image->Xsize, start, placement.right);
        }
    }
    g_object_unref(region);
    return result;
}

size_t media_vips_encode(const uint8_t *pixels, int32_t width, int32_t height,
                         enum media_format format, int32_t quality, void *output,
                         size_t capacity) {
    size_t size = 3 * (size_t)width * (size_t)height;
    VipsImage *memory =
        vips_image_new_from_memory(pixels, size, width, height, 3, VIPS_FORMAT_UCHAR);
    if (memory == NULL) return 0;
    VipsImage *image = NULL;
    int failed = vips_copy(memory, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(memory);
    if (failed) return 0;
    void *file = NULL;
    size_t count = 0;
    if (format == MEDIA_FORMAT_JPEG) {
        failed = vips_jpegsave_buffer(image, &file, &count, "Q", quality, NULL);
    } else {
        failed = vips_pngsave_buffer(image, &file, &count, NULL);
    }
    g_object_unref(image);
    if (failed) return 0;
    if (count <= capacity) memcpy(output, file, count);
    g_free(file);
    return count;
}
