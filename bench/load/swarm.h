#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/dialect.h"
#include "net/descriptor.h"

namespace lectern::load {

using Clock = std::chrono::steady_clock;

// Takes a message that connection `index` received; `read_at` is when its bytes were read.
using MessageHandler =
    std::function<void(std::size_t index, std::string_view message, Clock::time_point read_at)>;

// Many WebSocket connections to one server on this machine, on one thread and one epoll set.
//
// Heartbeats are answered here. Anything a server may not do (closing a connection, refusing a
// token, answering out of turn) throws std::runtime_error: what follows would measure nothing.
class Swarm {
 public:
  // What a socket holds that is not read: as much as the kernel likes, or little.
  enum class Buffers { ample, tiny };

  Swarm(Dialect dialect, std::uint16_t port, Buffers buffers = Buffers::ample);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // Opens `count` more connections, at most `at_once` of them on their way at any moment, and
  // returns when each has said its entry_script(). `entry` is asked for the n-th of them.
  void open(std::size_t count, std::size_t at_once,
            const std::function<Entry(std::size_t n)>& entry);

  // Sends framed bytes (see append_message()). They leave at once or it throws: they are few, and
  // the server reads.
  void send(std::size_t index, std::string_view frames);

  // Waits until `deadline` at most for something to read, and reads what is there.
  void turn(Clock::time_point deadline, const MessageHandler& handler);

  std::size_t size() const;
  Dialect dialect() const { return dialect_; }

 private:
  struct Connection;

  void connect(const Entry& entry);
  void read(std::size_t index, const MessageHandler& handler);
  void take(std::size_t index, std::string_view bytes, const MessageHandler& handler);
  bool take_upgrade(std::size_t index, std::string_view& bytes);
  void take_frame(std::size_t index, std::uint8_t opcode, std::string_view payload,
                  const MessageHandler& handler, Clock::time_point read_at);
  void advance(std::size_t index);
  void finish_entry(Connection& connection);

  Dialect dialect_;
  std::uint16_t port_;
  Buffers buffers_;
  net::Descriptor epoll_;
  std::vector<Connection> connections_;
  std::size_t entered_ = 0;
  std::vector<char> buffer_;
};

// How many bytes the kernel takes for a connection with tiny buffers that nobody reads.
std::size_t room_of_unread_socket();

// Appends a text message in a client's frame.
void append_message(std::string& frames, std::string_view message);

}  // namespace lectern::load
