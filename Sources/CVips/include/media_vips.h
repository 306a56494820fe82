// The few things that the media helper asks of libvips, behind plain C: libvips' own calls are
// variadic and its headers are large. One thread at a time; nothing is kept between calls.
#ifndef BATON_MEDIA_VIPS_H
#define BATON_MEDIA_VIPS_H

#include <stddef.h>
#include <stdint.h>

/// An image whose header is read and whose pixels are not.
typedef struct media_source media_source;

/// What a header says, before orientation is applied.
typedef struct {
    int32_t width;
    int32_t height;
    /// The EXIF orientation, 1 to 8; 1 when absent.
    int32_t orientation;
} media_header;

/// The containers that may be read.
enum media_format {
    MEDIA_FORMAT_NONE = 0,
    MEDIA_FORMAT_JPEG,
    MEDIA_FORMAT_PNG,
    MEDIA_FORMAT_WEBP,
    MEDIA_FORMAT_TIFF,
    MEDIA_FORMAT_GIF,
};

/// Starts libvips with one thread, without cache, without plug-ins and with only the loaders above;
/// returns 0, or -1.
int media_vips_start(void);

/// The container that the first bytes name.
enum media_format media_vips_sniff(const uint8_t *_Nonnull bytes, size_t count);

/// Reads a header. The bytes must stay until media_vips_close. NULL when the image is broken.
media_source *_Nullable media_vips_open(const void *_Nonnull bytes, size_t count,
                                        media_header *_Nonnull header);

/// Decodes to upright 8-bit sRGB, three bytes a pixel, rows without padding; returns 0, or -1 when
/// the image is broken or cut off.
int media_vips_decode(media_source *_Nonnull source, uint8_t *_Nonnull pixels);

/// Frees an opened image.
void media_vips_close(media_source *_Nonnull source);

/// Encodes 8-bit sRGB as JPEG or PNG. Returns the size of the file, which was only copied to `output`
/// if it fits; 0 on failure.
size_t media_vips_encode(const uint8_t *_Nonnull pixels, int32_t width, int32_t height,
                         enum media_format format, int32_t quality, void *_Nonnull output,
                         size_t capacity);

/// Copies what libvips said about the last failure, one line, and forgets it.
void media_vips_take_error(char *_Nonnull text, size_t capacity);

#endif
