#ifndef ADVLAB_CPNG_SHIM_H
#define ADVLAB_CPNG_SHIM_H

// libpng reports errors by longjmp, which must not cross Swift: here it ends in a function of C, which returns a status.
// The library's simplified interface does so too, but converts pixels by the gamma of the file and multiplies them by
// alpha; everybody who trains on images takes the bytes as they are stored.
#include <png.h>
#include <setjmp.h>
#include <string.h>

// An image in memory.
typedef struct {
  const unsigned char *bytes;
  size_t count;
  size_t position;
  // The library's own text, where a call failed.
  char message[128];
} cpng_source;

typedef struct {
  unsigned width;
  unsigned height;
  // Bits of a stored sample or palette index: 1, 2, 4, 8 or 16.
  int bit_depth;
  int has_color;
  // Whether there is an alpha channel, or a transparent color.
  int has_alpha;
} cpng_header;

static inline void cpng_fail(png_structp png, png_const_charp message) {
  cpng_source *source = (cpng_source *)png_get_error_ptr(png);
  strncpy(source->message, message, sizeof source->message - 1);
  png_longjmp(png, 1);
}

// Warnings are about what is not needed; checksums and everything that decides about pixels are errors.
static inline void cpng_ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static inline void cpng_next(png_structp png, png_bytep target, size_t count) {
  cpng_source *source = (cpng_source *)png_get_io_ptr(png);
  if (count > source->count - source->position) png_error(png, "the file ends too early");
  memcpy(target, source->bytes + source->position, count);
  source->position += count;
}

// Replaces palette indices, which fill the last third of the pixels, by colors.
static inline void cpng_color(png_structp png, png_infop info, unsigned char *pixels, size_t count) {
  png_colorp palette = NULL;
  int colors = 0;
  if (png_get_PLTE(png, info, &palette, &colors) == 0) png_error(png, "no palette");
  for (size_t i = 0; i < count; i++) {
    int index = pixels[2 * count + i];
    if (index >= colors) png_error(png, "a color that the palette lacks");
    pixels[3 * i] = palette[index].red;
    pixels[3 * i + 1] = palette[index].green;
    pixels[3 * i + 2] = palette[index].blue;
  }
}

static inline void cpng_pixels(png_structp png, png_infop info, unsigned char *pixels, size_t room) {
  int type = png_get_color_type(png, info);
  int samples = type == PNG_COLOR_TYPE_PALETTE || (type & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
  size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  size_t row = width * samples * (png_get_bit_depth(png, info) == 16 ? 2 : 1);
  if (room == 0 || room / height < row) png_error(png, "no room for the pixels");
  if (type == PNG_COLOR_TYPE_PALETTE) {
    // Not png_set_palette_to_rgb, which takes black for a color that the palette lacks.
    png_set_packing(png);
  } else {
    if (png_get_bit_depth(png, info) < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
  }
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t start = 0;
  if (type == PNG_COLOR_TYPE_PALETTE) {
    row = width;
    start = 2 * width * height;
  }
  if (png_get_rowbytes(png, info) != row) png_error(png, "rows of another size");
  for (int pass = 0; pass < passes; pass++) {
    for (size_t y = 0; y < height; y++) png_read_row(png, pixels + start + y * row, NULL);
  }
  png_read_end(png, NULL);
  if (type == PNG_COLOR_TYPE_PALETTE) cpng_color(png, info, pixels, width * height);
}

// Reads the header, and where `pixels` is not null the image: rows from the top, samples of one byte, or of two, the
// higher one first, where the bit depth is 16; gray or RGB without alpha. Returns 0, or -1 with a message.
static inline int cpng_read(
    cpng_source *source, unsigned longest_side, cpng_header *header, unsigned char *pixels, size_t room) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, cpng_fail, cpng_ignore);
  if (png == NULL) return -1;
  png_infop info = png_create_info_struct(png);
  // Neither variable changes after this call, so that both are valid after a jump.
  if (info == NULL || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  png_set_read_fn(png, source, cpng_next);
  png_set_user_limits(png, longest_side, longest_side);
  // Texts, color profiles and the like are passed over unread.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  int type = png_get_color_type(png, info);
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->bit_depth = png_get_bit_depth(png, info);
  header->has_color = (type & PNG_COLOR_MASK_COLOR) != 0;
  header->has_alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  if (pixels != NULL) cpng_pixels(png, info, pixels, room);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}
// Writes an image of 8-bit samples, grey or of three colors, into `to`, of which `count` is the size before and the number
// of bytes after. Without `to` only that number is found out. 0 where it failed.
static inline int cpng_write(
    const unsigned char *pixels, unsigned width, unsigned height, int has_color, unsigned char *to, size_t *count) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = has_color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = *count;
  int status = png_image_write_to_memory(&image, to, &size, 0, pixels, 0, NULL);
  *count = size;
  png_image_free(&image);
  return status;
}

#endif
