#include <malloc.h>

#include "app/cli/command_line.h"
#include "app/serve.h"

int main(int argc, char** argv) {
  // Else glibc keeps for ever what large messages took: each one that is freed raises the size from
  // which memory goes back to the system (mallopt(3), "M_MMAP_THRESHOLD").
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  return lectern::app::run_command_line(argc, argv, lectern::app::serve);
}
