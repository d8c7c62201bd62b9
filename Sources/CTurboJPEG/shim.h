#ifndef ADVLAB_CTURBOJPEG_SHIM_H
#define ADVLAB_CTURBOJPEG_SHIM_H

// TurboJPEG reports errors by status codes; the older interface of the same library does so by longjmp, which must not
// cross Swift.
#include <turbojpeg.h>
#endif
