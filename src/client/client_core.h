#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <lectern/client.h>

#include "base/contained.h"
#include "client/budget.h"
#include "client/encoded_packet.h"
#include "client/endpoint.h"
#include "client/handlers.h"
#include "client/link.h"
#include "client/namespace_socket.h"
#include "dial/tls.h"
#include "net/loop.h"

namespace lectern {

// What a Client is made of: its thread with the loop, the link to the server, and the sockets.
//
// run(), post(), of(), transport(), bytes() and acks() on any thread, stop() on the one that
// destroys the client; everything else on the client's thread.
class ClientCore final : client::LinkListener {
 public:
  ClientCore(std::string_view url, ClientOptions options);
  ~ClientCore();

  // `self` owns this; acknowledgements that outlive the client find that it is gone.
  void start(std::weak_ptr<ClientCore> self);
  void stop();

  // At once on the client's thread, else in the order of posting.
  void run(Task task);
  void post(Task task) { loop_.post(std::move(task)); }

  ClientSocket& of(std::string_view nsp);
  std::string_view transport() const;

  net::Loop& loop() { return loop_; }
  client::Link& link() { return link_; }
  const ClientOptions& options() const { return options_; }
  const client::PacketWriter& writer() const { return writer_; }
  client::Budget& bytes() { return bytes_; }
  client::Budget& acks() { return acks_; }

  // Calls the application. False when it threw, which is logged and changes nothing.
  template <class F>
  bool call(F&& f) {
    return contained(options_.log, f);
  }

  // One that is not active any more; the last one closes the link.
  void socket_ended();

  ClientAck make_ack(client::NamespaceSocket& socket, std::optional<std::uint64_t> id,
                     std::uint64_t connection);

  client::Slot<void()> on_upgrade;
  client::Slot<void(const ReconnectAttempt&)> on_attempt;
  client::Slot<void()> on_failed;

 private:
  enum class Transport : std::uint8_t { none, polling, websocket };

  void on_link_open() override;
  void on_link_packet(client::Received received) override;
  void on_link_upgrade() override;
  void on_link_error(std::string_view message) override;
  void on_link_closed(std::string_view reason) override;
  void on_reconnect_attempt(const ReconnectAttempt& attempt) override;
  void on_reconnect_failed() override;

  std::vector<client::NamespaceSocket*> sockets() const;
  void note_transport();

  const ClientOptions options_;
  const client::PacketWriter writer_;
  client::Endpoint endpoint_;
  const std::optional<dial::TlsContext> tls_;
  // Before the loop and the sockets, which hold charges to the end.
  client::Budget bytes_;
  client::Budget acks_;
  net::Loop loop_;
  client::Link link_;
  mutable std::mutex sockets_mutex_;  // the sockets themselves stay as long as the core
  std::map<std::string, std::unique_ptr<client::NamespaceSocket>, std::less<>> sockets_;
  std::atomic<Transport> transport_{Transport::none};
  std::weak_ptr<ClientCore> self_;
  std::thread thread_;
};

}  // namespace lectern
