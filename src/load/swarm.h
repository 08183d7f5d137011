#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "load/peer.h"
#include "net/descriptor.h"

namespace lectern::load {

using Clock = std::chrono::steady_clock;

// Takes a message that connection `index` received; `read_at` is when its bytes were read.
using MessageHandler =
    std::function<void(std::size_t index, std::string_view message, Clock::time_point read_at)>;

// One step of a conversation: what the client says, and how the answer begins.
struct Step {
  std::string send;  // a text message; "": nothing, the server speaks first
  std::string expect;
};

// What happens to a connection besides messages. Neither may open connections.
struct Hooks {
  std::function<void(std::size_t index)> entered;  // its script is said
  // It ended, or the server did what it may not do (refused a step, sent what is no frame). Without
  // this hook that throws std::runtime_error, as what follows would measure nothing.
  std::function<void(std::size_t index, const std::string& why)> lost;
};

// Once, in a program that makes a Swarm: as many descriptors as this user may have, and waits that
// end when they should.
void prepare_process();

// Many WebSocket connections to one server, on one thread and one epoll set. Answers heartbeats.
//
// To a server on the loopback interface they come from several of its addresses, as one has ports
// for some 28,000 only. System calls that fail for want of resources throw std::system_error.
class Swarm {
 public:
  // What a socket holds that is not read: as much as the kernel likes, or little.
  enum class Buffers { ample, tiny };

  explicit Swarm(Peer peer, Hooks hooks = {}, Buffers buffers = Buffers::ample);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  // Begins one connection, which enters once it has said `script`, and returns its index: they
  // count from 0.
  std::size_t add(std::vector<Step> script);

  // Opens `count` more connections, at most `at_once` of them on their way at any moment, and
  // returns when each has entered. `script` is asked for the n-th of them. Throws
  // std::runtime_error when nobody enters for half a minute.
  void open(std::size_t count, std::size_t at_once,
            const std::function<std::vector<Step>(std::size_t n)>& script);

  // Sends framed bytes (see append_message()). What the socket does not take waits, up to a
  // megabyte; with more the connection is lost. Nothing happens on a connection that is lost.
  void send(std::size_t index, std::string_view frames);

  // Waits until `deadline` at most for something to read, and reads what is there. A signal ends
  // the wait.
  void turn(Clock::time_point deadline, const MessageHandler& handler);

  std::size_t size() const;
  std::size_t entered() const { return entered_; }  // so far, also of those that are lost now
  std::size_t lost() const { return lost_; }

 private:
  struct Connection;

  void flush(std::size_t index);
  void read(std::size_t index, const MessageHandler& handler);
  void take(std::size_t index, std::string_view bytes, const MessageHandler& handler);
  bool take_upgrade(std::size_t index, std::string_view& bytes);
  void take_frames(std::size_t index, std::string_view& bytes, const MessageHandler& handler,
                   Clock::time_point read_at);
  void take_frame(std::size_t index, std::uint8_t opcode, std::string_view payload,
                  const MessageHandler& handler, Clock::time_point read_at);
  void advance(std::size_t index);
  void finish_entry(std::size_t index);
  void lose(std::size_t index, const std::string& why);

  Peer peer_;
  Hooks hooks_;
  Buffers buffers_;
  net::Descriptor epoll_;
  std::vector<Connection> connections_;
  std::size_t entered_ = 0;
  std::size_t lost_ = 0;
  std::vector<char> buffer_;
};

// How many bytes the kernel takes for a connection with tiny buffers that nobody reads.
std::size_t room_of_unread_socket();

// Appends a text message in a client's frame.
void append_message(std::string& frames, std::string_view message);

}  // namespace lectern::load
