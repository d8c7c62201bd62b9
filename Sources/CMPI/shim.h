#ifndef ADVLAB_CMPI_SHIM_H
#define ADVLAB_CMPI_SHIM_H

// The deprecated C++ bindings are not wanted.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

// Handles that MPI defines as macros, which Swift does not see.
static inline MPI_Comm advlab_mpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm advlab_mpi_no_communicator(void) { return MPI_COMM_NULL; }
static inline MPI_Request advlab_mpi_no_request(void) { return MPI_REQUEST_NULL; }
static inline MPI_Datatype advlab_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype advlab_mpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Errhandler advlab_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Status *advlab_mpi_no_status(void) { return MPI_STATUS_IGNORE; }

#endif
