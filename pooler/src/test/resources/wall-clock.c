// The clock of the wall as a test wants it: seconds ahead of the system's, read from the 8 bytes of a file, so that it
// jumps while a process runs. Monotonic clocks are the system's. To be loaded before a JVM (LD_PRELOAD); libfaketime, which
// does more, keeps a JVM from starting.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;

__attribute__((constructor)) static void open_file(void) {
  int fd = open(getenv("WALL_CLOCK_AHEAD"), O_RDONLY);
  void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) abort();
  close(fd);
  ahead = page;
}

static int is_wall(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t id, struct timespec *out) {
  int code = (int)syscall(SYS_clock_gettime, id, out);
  if (code == 0 && is_wall(id) && ahead) out->tv_sec += *ahead;
  return code;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int code = clock_gettime(CLOCK_REALTIME, &now);
  if (code == 0) { out->tv_sec = now.tv_sec; out->tv_usec = now.tv_nsec / 1000; }
  return code;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
