#pragma once

#include <functional>
#include <span>
#include <string>

#include <lectern/unique_function.h>

#include "net/connection.h"

namespace lectern::net {

// A connection of a proxy until its PROXY header is there; then the socket goes to whoever serves
// the client. One without a header, or with another beginning, is closed.
class ProxiedConnection final : public Connection {
 public:
  struct Client {
    int fd;
    std::string address;  // of the client; the proxy's own when that is the client
    std::string unread;   // bytes behind the header
  };

  // `taken` or, when the connection ends before, `gone` runs once. `deadlines` outlives it.
  ProxiedConnection(Loop& loop, int fd, std::string proxy, DeadlineList& deadlines,
                    UniqueFunction<void(Client)> taken, Task gone);

 private:
  void on_bytes(std::span<char> bytes) override;
  void on_end() override;

  std::string proxy_;
  std::string header_;
  Deadline overdue_;
  UniqueFunction<void(Client)> taken_;
  Task gone_;
};

}  // namespace lectern::net
