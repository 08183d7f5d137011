#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lectern/unique_function.h>

#include "dial/destination.h"
#include "dial/stream.h"
#include "dial/tls.h"
#include "net/loop.h"

namespace lectern::dial {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// The addresses of a host in the order in which to try them; none when it has none. Waits for the
// network.
std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port);

// The same for an address in text form, at once; none for a name.
std::vector<SocketAddress> read_address(const std::string& host, std::uint16_t port);

// Finds the server and opens connections to it. On the loop's thread.
class Dialer {
 public:
  // `loop` and `tls` outlive it. A secure destination needs `tls`; else it may be null.
  Dialer(net::Loop& loop, Destination destination, const TlsContext* tls)
      : loop_(loop), destination_(std::move(destination)), tls_(tls) {}
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // Looks the host up again, on a thread of its own, and calls `done` on the loop, unless the
  // dialer is gone by then. A later call replaces `done`; there is one thread at a time.
  void look_up_host(Task done);

  // Begins to connect to the present address; the next ones are tried where that fails at once.
  // Null when there is none left. The stream may be written to at once.
  Stream* dial(StreamListener& listener);

  // A stream ended before it was connected: whether there is another address for dial().
  bool next_address();

 private:
  struct Lookup;

  net::Loop& loop_;
  const Destination destination_;
  const TlsContext* tls_;
  std::vector<SocketAddress> addresses_;
  std::size_t present_ = 0;
  std::shared_ptr<Lookup> lookup_;  // shared with the thread that looks up
  Task done_;
};

}  // namespace lectern::dial
