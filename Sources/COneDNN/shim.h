#ifndef ADVLAB_CONEDNN_SHIM_H
#define ADVLAB_CONEDNN_SHIM_H
#include <dnnl.h>
#include <dnnl_debug.h>

#if DNNL_VERSION_MAJOR != 2
#error "AdvLab is written against the C API of oneDNN 2.x (Debian 12: libdnnl-dev 2.6.3)"
#endif

// From libgomp, which oneDNN runs on: the number of threads of the calling thread's next parallel regions.
extern void omp_set_num_threads(int);
#endif
