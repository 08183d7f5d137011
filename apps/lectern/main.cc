#include "app/cli/command_line.h"
#include "app/serve.h"

int main(int argc, char** argv) {
  return lectern::app::run_command_line(argc, argv, lectern::app::serve);
}
