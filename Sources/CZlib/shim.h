#ifndef ADVLAB_CZLIB_SHIM_H
#define ADVLAB_CZLIB_SHIM_H
#include <zlib.h>
#endif
