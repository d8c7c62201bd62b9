// For the affinity of a process.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "CKernels.h"

static int argument_count = 0;
static char **arguments = NULL;

/// The C library passes the arguments of `main` to constructors too. Swift reads them from /proc, which may not be
/// mounted.
__attribute__((constructor)) static void keep_arguments(int count, char **words) {
  argument_count = count;
  arguments = words;
}

int advlab_argument_count(void) { return argument_count; }

const char *advlab_argument(int index) {
  return index >= 0 && index < argument_count ? arguments[index] : NULL;
}

const char *advlab_program_path(void) { return (const char *)getauxval(AT_EXECFN); }

void advlab_end_with_parent(int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the call above.
  if (getppid() != parent) _exit(1);
}

int advlab_processors(unsigned char *mask) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
  memcpy(mask, &set, sizeof set);
  return 0;
}

const char *advlab_commit(void) {
#ifdef ADVLAB_COMMIT
  return ADVLAB_COMMIT;
#else
  return NULL;
#endif
}

#define APPEND(feature) \
  if (__builtin_cpu_supports(feature)) { \
    strncat(to, to[0] ? " " : "", size - strlen(to) - 1); \
    strncat(to, feature, size - strlen(to) - 1); \
  }

void advlab_processor_features(char *to, size_t size) {
  to[0] = 0;
  APPEND("sse4.2")
  APPEND("avx")
  APPEND("avx2")
  APPEND("fma")
  APPEND("avx512f")
  APPEND("avx512bw")
  APPEND("avx512vl")
  APPEND("avx512vnni")
  APPEND("avx512bf16")
}
