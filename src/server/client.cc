#include "server/client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include "protocol/content.h"
#include "protocol/encoder.h"
#include "server/server_core.h"
#include "server/server_socket.h"
#include "server/session.h"
#include "server/shard.h"

namespace lectern::server {

using protocol::Envelope;
using protocol::PacketType;

namespace {

// The JSON of most messages; larger ones take more from the heap.
using Arena = std::array<unsigned char, 8192>;

}  // namespace

Client::~Client() = default;

ServerSocket* Client::find(std::string_view nsp) const {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [nsp](const auto& socket) { return socket->nsp().name == nsp; });
  return found == sockets_.end() ? nullptr : found->get();
}

void Client::on_message(std::string_view text) {
  const auto packet = protocol::decode(text);
  if (!packet) return session_.fail(errc_of(packet.error()));
  switch (packet->type) {
    case PacketType::connect: return on_connect(*packet);
    case PacketType::disconnect: return on_disconnect(*packet);
    case PacketType::event: return on_event(*packet, text.size());
    case PacketType::ack: return on_ack(*packet);
    case PacketType::connect_error: return session_.fail(Errc::malformed_packet);
    case PacketType::binary_event:
    case PacketType::binary_ack: return session_.fail(Errc::unsupported);
  }
}

void Client::on_connect(const protocol::PacketView& packet) {
  auto auth = protocol::parse_connect(packet, {});
  if (!auth || find(packet.nsp)) return session_.fail(Errc::malformed_packet);
  asked_to_connect_ = true;
  NamespaceEntry* const nsp = shard_.core().find_namespace(packet.nsp);
  if (!nsp) {
    std::string text;
    protocol::encode_connect_error(text, Envelope::engine_message, packet.nsp, "Invalid namespace",
                                   nullptr);
    session_.send(Frame::of_packet(text), false);
    return;
  }
  sockets_.push_back(std::make_unique<ServerSocket>(shard_, session_, *nsp, std::move(*auth)));
  ServerSocket& socket = *sockets_.back();
  if (!nsp->handlers.use) return accept(socket);
  nsp->handlers.use(socket, shard_.core().decision_about(socket.ref()));
}

void Client::accept(ServerSocket& socket) {
  std::string text;
  protocol::encode_connect(text, Envelope::engine_message, socket.nsp().name, socket.id());
  if (!session_.send(Frame::of_packet(text), false)) return;
  session_.on_connected();
  socket.connected();
  if (socket.nsp().handlers.on_connection) socket.nsp().handlers.on_connection(socket);
}

void Client::refuse(ServerSocket& socket, const ConnectError& error) {
  std::string text;
  protocol::encode_connect_error(text, Envelope::engine_message, socket.nsp().name, error.message,
                                 error.data.get());
  session_.send(Frame::of_packet(text), false);
  end(socket, {});
}

void Client::on_disconnect(const protocol::PacketView& packet) {
  ServerSocket* const socket = find(packet.nsp);
  if (!protocol::check_disconnect(packet) || !socket) return session_.fail(Errc::malformed_packet);
  end(*socket, "client namespace disconnect");
}

void Client::on_event(const protocol::PacketView& packet, std::size_t bytes) {
  ServerSocket* const socket = find(packet.nsp);
  if (!socket || !socket->is_connected()) return session_.fail(Errc::malformed_packet);
  Arena arena;
  boost::json::monotonic_resource memory(arena.data(), arena.size());
  auto content = protocol::parse_event(packet, &memory);
  if (!content) return session_.fail(errc_of(content.error()));
  if (!socket->nsp().handlers.on_event) return;
  if (packet.ack_id) socket->owe_ack(*packet.ack_id);
  Event event{content->name, content->args, shard_.core().ack_for(*socket, packet.ack_id),
              shard_.received_at(), bytes};
  socket->nsp().handlers.on_event(*socket, event);
}

// The server asks for no acknowledgement, so that any is one it does not know; those are ignored.
void Client::on_ack(const protocol::PacketView& packet) {
  ServerSocket* const socket = find(packet.nsp);
  Arena arena;
  boost::json::monotonic_resource memory(arena.data(), arena.size());
  if (!socket || !protocol::parse_ack(packet, &memory)) session_.fail(Errc::malformed_packet);
}

void Client::announce_closing(Errc error) {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    ServerSocket& socket = *sockets_[i];
    if (socket.is_connected() && socket.nsp().handlers.on_closing)
      socket.nsp().handlers.on_closing(socket, error);
  }
}

void Client::end(DisconnectReason reason) {
  while (!sockets_.empty()) end(*sockets_.back(), reason);
  auto& silent_end = shard_.core().silent_end();
  if (!asked_to_connect_ && silent_end) silent_end(session_.handshake());
}

void Client::end(ServerSocket& socket, DisconnectReason reason) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [&socket](const auto& owned) { return owned.get() == &socket; });
  if (found == sockets_.end()) return;
  // Its handlers may be running: it goes with the turn.
  auto& ending = shard_.retire(std::move(*found));
  sockets_.erase(found);
  const bool was_connected = ending.is_connected();
  ending.ended();
  if (was_connected && ending.nsp().handlers.on_disconnect)
    ending.nsp().handlers.on_disconnect(ending, reason);
}

}  // namespace lectern::server
