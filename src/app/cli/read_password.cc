#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "app/cli/commands.h"

namespace lectern::app {
namespace {

// The terminal without echo, for the life of this object.
class Silence {
 public:
  Silence() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) {
      throw CommandError("the terminal cannot be switched to silent");
    }
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Silence() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
};

std::string ask(const char* prompt) {
  std::cerr << prompt << std::flush;
  std::string line;
  if (!std::getline(std::cin, line)) throw CommandError("no password was given");
  return line;
}

}  // namespace

std::string read_password() {
  std::string password;
  if (isatty(STDIN_FILENO) != 0) {
    const Silence silence;
    password = ask("Password: ");
    if (ask("Again: ") != password) throw CommandError("the two passwords differ");
  } else {
    if (!std::getline(std::cin, password)) throw CommandError("no password was given on stdin");
    if (password.ends_with('\r')) password.pop_back();
  }
  if (password.empty()) throw CommandError("the password is empty");
  return password;
}

}  // namespace lectern::app
