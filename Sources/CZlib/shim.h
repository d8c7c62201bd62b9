#ifndef ADVLAB_CZLIB_SHIM_H
#define ADVLAB_CZLIB_SHIM_H
#include <zlib.h>

/* inflateInit2 is a macro, which Swift does not see. 31: the largest window, and a gzip header is required. */
static inline int czlib_inflate_gzip_init(z_streamp stream) {
  return inflateInit2(stream, 31);
}
#endif
