#ifndef ADVLAB_CHDF5_SHIM_H
#define ADVLAB_CHDF5_SHIM_H
#include <hdf5.h>
#endif
