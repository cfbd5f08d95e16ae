// Make a C program that times itself with OpenMP's clock time itself with the processor time of
// its process: -include processor_time.h -Domp_get_wtime=processor_time, on one thread.
#include <time.h>
double processor_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}
