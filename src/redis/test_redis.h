#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace lectern::redis {

// A redis-server of a test's own, which may be killed and started again on the same port.
class TestRedis {
 public:
  enum class Speaks { plain, tls };  // TLS needs flags that name its files

  explicit TestRedis(std::vector<std::string> flags = {}, Speaks speaks = Speaks::plain)
      : flags_(std::move(flags)) {
    if (speaks == Speaks::tls) {
      flags_.insert(flags_.end(), {"--port", "0", "--tls-port", std::to_string(port_)});
    }
    if (mkdtemp(folder_) == nullptr) std::abort();
    start();
  }
  ~TestRedis() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  TestRedis(const TestRedis&) = delete;
  TestRedis& operator=(const TestRedis&) = delete;

  // Returns when it listens.
  void start() {
    std::vector<std::string> words = {
        "redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1", "--save", "",
        "--dir",        folder_};
    words.insert(words.end(), flags_.begin(), flags_.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int log[2];
    if (pipe2(log, O_CLOEXEC) != 0) std::abort();
    process_ = fork();
    if (process_ == 0) {
      dup2(log[1], STDOUT_FILENO);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(log[1]);
    std::string said;
    char byte;
    while (said.find("Ready to accept connections") == std::string::npos) {
      if (read(log[0], &byte, 1) != 1) std::abort();  // it did not start, or is not installed
      said += byte;
    }
    close(log[0]);
  }
  void stop() {
    if (process_ <= 0) return;
    signal(SIGKILL);
    waitpid(std::exchange(process_, 0), nullptr, 0);
  }
  void signal(int number) const { kill(process_, number); }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  // Redis takes no port 0; the kernel does not give this one to anybody else soon.
  static std::uint16_t free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd, any, size) != 0 || getsockname(fd, any, &size) != 0) std::abort();
    close(fd);
    return ntohs(address.sin_port);
  }

  std::vector<std::string> flags_;
  const std::uint16_t port_ = free_port();
  char folder_[32] = "/tmp/lectern-redis-XXXXXX";
  pid_t process_ = 0;
};

}  // namespace lectern::redis
