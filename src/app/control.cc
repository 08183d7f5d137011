#include "app/control.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace lectern::app {
namespace {

namespace json = boost::json;

constexpr int kAnswerTimeoutMs = 60'000;  // a password hash on a loaded machine takes seconds
constexpr std::size_t kMaxAnswerBytes = 64 * 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::string reason() { return std::strerror(errno); }

// The address of the socket in `directory`. A path that is too long for an address is reached
// through the open directory, which `holder` keeps.
sockaddr_un address_of(const std::string& directory, const Descriptor& holder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto path = directory + "/control.sock";
  if (path.size() >= sizeof address.sun_path) {
    path = "/proc/self/fd/" + std::to_string(holder.get()) + "/control.sock";
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

int open_directory(const std::string& directory) {
  return open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// Whether `fd` became ready before the deadline.
bool wait_for(int fd, short events, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd one{fd, events, 0};
    const int ready = poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// One line without its newline; nullopt when none comes in time or it is too long.
std::optional<std::string> read_line(int fd, std::size_t max_bytes, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  std::string line;
  char buffer[4096];
  while (line.size() <= max_bytes && wait_for(fd, POLLIN, deadline)) {
    const auto size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) return std::nullopt;
    line.append(buffer, static_cast<std::size_t>(size));
    if (const auto end = line.find('\n'); end != line.npos) {
      line.resize(end);
      return line.size() > max_bytes ? std::nullopt : std::optional(std::move(line));
    }
  }
  return std::nullopt;
}

bool write_line(int fd, const json::object& object, int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  const auto text = json::serialize(object) + '\n';
  std::string_view left = text;
  while (!left.empty()) {
    const auto size = send(fd, left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) {
      left.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN ? !wait_for(fd, POLLOUT, deadline) : errno != EINTR) {
      return false;
    }
  }
  return true;
}

json::object failure(std::string_view type, std::string_view message) {
  return {{"ok", false}, {"error", {{"type", type}, {"message", message}}}};
}

}  // namespace

ControlServer::ControlServer(const std::string& data_directory, identity::Accounts& accounts,
                             std::function<TimeMs()> wall_clock, OnDeadUser on_dead_user,
                             OnChange on_change)
    : path_(data_directory + "/control.sock"),
      accounts_(accounts),
      wall_clock_(std::move(wall_clock)),
      on_dead_user_(std::move(on_dead_user)),
      on_change_(std::move(on_change)) {
  const Descriptor directory(open_directory(data_directory));
  if (directory.get() < 0) throw ControlError(data_directory + ": cannot be opened: " + reason());
  Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = address_of(data_directory, directory);
  unlink(path_.c_str());
  if (listener.get() < 0 ||
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path_.c_str(), 0600) != 0 || listen(listener.get(), 16) != 0) {
    throw ControlError(path_ + ": cannot listen: " + reason());
  }
  Descriptor stop(eventfd(0, EFD_CLOEXEC));
  if (stop.get() < 0) throw ControlError(path_ + ": cannot listen: " + reason());
  listener_ = listener.release();
  stop_ = stop.release();
  thread_ = std::thread([this] { run(); });
}

ControlServer::~ControlServer() {
  const std::uint64_t one = 1;
  static_cast<void>(write(stop_, &one, sizeof one));
  thread_.join();
  unlink(path_.c_str());
  close(listener_);
  close(stop_);
}

void ControlServer::run() {
  for (;;) {
    pollfd both[] = {{listener_, POLLIN, 0}, {stop_, POLLIN, 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR) return;
    if (both[1].revents != 0) return;
    if (both[0].revents == 0) continue;
    const Descriptor client(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (client.get() >= 0) serve_client(client.get());
  }
}

void ControlServer::serve_client(int client) {
  const auto line = read_line(client, kMaxRequestBytes, kTimeoutMs);
  if (!line) return;
  boost::system::error_code error;
  const auto request = json::parse(*line, error);
  if (error || !request.is_object()) {
    write_line(client, failure("VALIDATION_ERROR", "A request is one object of JSON"), kTimeoutMs);
    return;
  }
  const auto answer =
      answer_control(accounts_, request.get_object(), wall_clock_(), on_dead_user_, on_change_);
  write_line(client, answer, kTimeoutMs);
}

std::optional<json::object> ask_server(const std::string& data_directory,
                                       const json::object& request) {
  const Descriptor directory(open_directory(data_directory));
  if (directory.get() < 0) return std::nullopt;
  const Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = address_of(data_directory, directory);
  const auto path = data_directory + "/control.sock";
  if (client.get() < 0) throw ControlError(path + ": cannot connect: " + reason());
  if (connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    throw ControlError(path + ": cannot connect: " + reason());
  }
  const bool sent = write_line(client.get(), request, kAnswerTimeoutMs);
  const auto line =
      sent ? read_line(client.get(), kMaxAnswerBytes, kAnswerTimeoutMs) : std::nullopt;
  if (!line) throw ControlError(path + ": the server did not answer");
  boost::system::error_code error;
  auto answer = json::parse(*line, error);
  if (error || !answer.is_object()) throw ControlError(path + ": the server's answer is not JSON");
  return std::move(answer.get_object());
}

}  // namespace lectern::app
