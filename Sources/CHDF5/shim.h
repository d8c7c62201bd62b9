#ifndef ADVLAB_CHDF5_SHIM_H
#define ADVLAB_CHDF5_SHIM_H

// Most of HDF5's names are macros with versions or side effects behind them, which Swift does not import. These inline
// functions give them plain names; asking for the 1.10 interface makes the same source build against later versions.
#define H5_USE_110_API
#include <hdf5.h>

// Predefined types. The native ones describe memory, the others the file. H5I_INVALID_HID where there is none.

static inline hid_t chdf5_native_integer(int bits, int is_signed) {
  switch (bits) {
    case 8: return is_signed ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8;
    case 16: return is_signed ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16;
    case 32: return is_signed ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32;
    case 64: return is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
    default: return H5I_INVALID_HID;
  }
}

static inline hid_t chdf5_native_float(int bits) {
  switch (bits) {
    case 32: return H5T_NATIVE_FLOAT;
    case 64: return H5T_NATIVE_DOUBLE;
    default: return H5I_INVALID_HID;
  }
}

static inline hid_t chdf5_little_endian_integer(int bits, int is_signed) {
  switch (bits) {
    case 8: return is_signed ? H5T_STD_I8LE : H5T_STD_U8LE;
    case 16: return is_signed ? H5T_STD_I16LE : H5T_STD_U16LE;
    case 32: return is_signed ? H5T_STD_I32LE : H5T_STD_U32LE;
    case 64: return is_signed ? H5T_STD_I64LE : H5T_STD_U64LE;
    default: return H5I_INVALID_HID;
  }
}

static inline hid_t chdf5_little_endian_float(int bits) {
  switch (bits) {
    case 32: return H5T_IEEE_F32LE;
    case 64: return H5T_IEEE_F64LE;
    default: return H5I_INVALID_HID;
  }
}

static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline size_t chdf5_variable_size(void) { return H5T_VARIABLE; }

// Property list classes and flags.

static inline hid_t chdf5_file_access_class(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_dataset_creation_class(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_group_creation_class(void) { return H5P_GROUP_CREATE; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }

// Kinds of failure (minor error numbers).

static inline hid_t chdf5_error_truncated(void) { return H5E_TRUNCATED; }
static inline hid_t chdf5_error_cannot_lock_file(void) { return H5E_CANTLOCKFILE; }

// Calls whose signatures differ between versions.

// The class of a link (H5L_type_t) or -1; `value_size` receives the length of a soft link's target with its NUL.
static inline int chdf5_link_class(hid_t group, const char *name, size_t *value_size) {
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
  *value_size = info.type == H5L_TYPE_HARD ? 0 : info.u.val_size;
  return (int)info.type;
}

typedef struct {
  unsigned long file;
  unsigned long long address;
  int type;  // H5O_type_t
} chdf5_identity;

static inline herr_t chdf5_get_identity(hid_t object, chdf5_identity *identity) {
  H5O_info_t info;
  if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
  identity->file = info.fileno;
  identity->address = info.addr;
  identity->type = (int)info.type;
  return 0;
}

typedef struct {
  herr_t (*visit)(const char *name, void *context);
  void *context;
} chdf5_visitor;

static inline herr_t chdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *visitor) {
  (void)group;
  (void)info;
  return ((chdf5_visitor *)visitor)->visit(name, ((chdf5_visitor *)visitor)->context);
}

static inline herr_t chdf5_visit_links(
    hid_t group, int by_creation, herr_t (*visit)(const char *name, void *context), void *context) {
  chdf5_visitor visitor = {visit, context};
  H5_index_t index = by_creation ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  return H5Literate(group, index, H5_ITER_INC, NULL, chdf5_visit_link, &visitor);
}

static inline herr_t chdf5_reclaim(hid_t type, hid_t space, void *buffer) {
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
}

#endif
