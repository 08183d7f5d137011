#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <boost/json/fwd.hpp>

#include "identity/accounts.h"

namespace lectern::app {

// Other programs of the same user talk to a running server over the Unix socket `control.sock` in
// its data directory (mode 0600). One request and one answer per connection, each a line of JSON:
//
//   {"command":"user.add","name":"ada","role":"instructor","password":"…"}
//   {"ok":true,"user":{"userId":"…","name":"ada","role":"instructor","disabled":false,
//    "createdAt":1700000000000}}
//   {"ok":false,"error":{"type":"CONFLICT","message":"…"}}
//
// Commands: user.add, user.list, user.set_password, user.set_role, user.disable, user.enable,
// user.remove.
// Source: docs/formats/control.md.

// Why the socket cannot be opened or used; one line.
class ControlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Carries one request out against the accounts, and gives the answer. Takes password hashes.
// `on_dead_user` is told of every user whose tokens have just died, with the type that live
// connections are closed with: "TOKEN_REVOKED".
using OnDeadUser = std::function<void(std::string_view user_id)>;
// `on_change` is told of every change, for the audit trail.
using OnChange = std::function<void(identity::AuditEntry entry)>;
boost::json::object answer_control(identity::Accounts& accounts, const boost::json::object& request,
                                   TimeMs now, const OnDeadUser& on_dead_user,
                                   const OnChange& on_change);

// The server's end: one thread of its own that takes one request after the other.
class ControlServer {
 public:
  static constexpr std::size_t kMaxRequestBytes = 16 * 1024;
  static constexpr int kTimeoutMs = 5000;  // for a client to send its line

  // Replaces a socket that a killed server left behind: the caller holds the DataDirectory.
  // `accounts` outlives this object; the functions run on the thread. Throws ControlError.
  ControlServer(const std::string& data_directory, identity::Accounts& accounts,
                std::function<TimeMs()> wall_clock, OnDeadUser on_dead_user, OnChange on_change);
  ~ControlServer();  // ends the thread after the request in hand, and removes the socket
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  void run();
  void serve_client(int client);

  std::string path_;
  identity::Accounts& accounts_;
  std::function<TimeMs()> wall_clock_;
  OnDeadUser on_dead_user_;
  OnChange on_change_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd: readable when the thread shall end
  std::thread thread_;
};

// The other end: sends a request and waits for the answer. Nullopt when no server listens there.
// Throws ControlError when one does and does not answer.
std::optional<boost::json::object> ask_server(const std::string& data_directory,
                                              const boost::json::object& request);

}  // namespace lectern::app
