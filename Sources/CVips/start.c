#include "media_vips.h"

#include <string.h>
#include <vips/vips.h>

// libvips and GLib would print their warnings about every odd file.
static void drop_message(const char *domain, GLogLevelFlags level, const char *message, void *data) {
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

int media_vips_start(void) {
    // Plug-ins lie below this folder: ImageMagick, PDF, HEIF and others, which cost start-up time and
    // memory and must never see a byte.
    g_setenv("VIPSHOME", "/nonexistent", TRUE);
    g_log_set_default_handler(drop_message, NULL);
    if (VIPS_INIT("baton-media") != 0) return -1;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    vips_operation_block_set("VipsForeignLoadTiff", FALSE);
    vips_operation_block_set("VipsForeignLoadNsgif", FALSE);
    return 0;
}

enum media_format media_vips_sniff(const uint8_t *bytes, size_t count) {
    if (count < 12) return MEDIA_FORMAT_NONE;
    if (memcmp(bytes, "\xFF\xD8\xFF", 3) == 0) return MEDIA_FORMAT_JPEG;
    if (memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) == 0) return MEDIA_FORMAT_PNG;
    if (memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return MEDIA_FORMAT_WEBP;
    if (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0)
        return MEDIA_FORMAT_GIF;
    // The second and the fourth are BigTIFF.
    if (memcmp(bytes, "II*\0", 4) == 0 || memcmp(bytes, "II+\0", 4) == 0 ||
        memcmp(bytes, "MM\0*", 4) == 0 || memcmp(bytes, "MM\0+", 4) == 0)
        return MEDIA_FORMAT_TIFF;
    return MEDIA_FORMAT_NONE;
}

void media_vips_take_error(char *text, size_t capacity) {
    const char *message = vips_error_buffer();
    size_t length = strcspn(message, "\n");
    if (length >= capacity) length = capacity - 1;
    memcpy(text, message, length);
    text[length] = 0;
    vips_error_clear();
}
