#include "server/client.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include "protocol/msgpack.h"
#include "server/cluster.h"
#include "server/come_back.h"
#include "server/server_core.h"
#include "server/server_socket.h"
#include "server/session.h"
#include "server/session_id.h"
#include "server/shard.h"

namespace lectern::server {

using protocol::PacketType;

namespace {

// The JSON of most messages; larger ones take more from the heap.
using Arena = std::array<unsigned char, 8192>;

// Whether the connection was lost, and not given up.
bool was_lost(DisconnectReason reason) {
  static constexpr std::array<std::string_view, 6> kLost = {
      "transport close", "transport error",      "ping timeout",
      "forced close",    "server shutting down", "slow reader"};
  return std::find(kLost.begin(), kLost.end(), reason) != kLost.end();
}

}  // namespace

Client::Client(Session& session, Shard& shard) : session_(session), shard_(shard) {}
Client::~Client() = default;

ServerSocket* Client::find(std::string_view nsp) const {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [nsp](const auto& socket) { return socket->nsp().name == nsp; });
  return found == sockets_.end() ? nullptr : found->get();
}

// A client of Socket.IO 2 is in the namespace "/" from the start.
void Client::on_open() {
  if (session_.version() == engine::Version::v3) connect("/", nullptr);
}

void Client::on_text(std::string_view text) {
  const auto packet = protocol::decode(text);
  if (!packet) return violated(errc_of(packet.error()));
  if (partial_ || shard_.options().parser == Parser::msgpack)
    return violated(Errc::malformed_packet);
  if (packet->attachments == 0) return on_packet(*packet, {}, text.size());
  // Nothing is kept for who has not connected.
  const bool expected =
      packet->attachments <= shard_.options().max_attachments && find(packet->nsp);
  if (!expected) return violated(Errc::malformed_packet);
  partial_ = std::make_unique<Partial>(*this, text, packet->attachments);
  shard_.deadlines().connect.arm(partial_->overdue, shard_.loop().now());
}

Client::Partial::Partial(Client& client, std::string_view packet, std::size_t count)
    : text(packet), attachments(count), bytes(packet.size()), overdue(&client, [](void* self) {
        static_cast<Client*>(self)->violated(Errc::malformed_packet);
      }) {}

void Client::on_binary(std::string_view bytes) {
  if (shard_.options().parser == Parser::msgpack) return on_msgpack(bytes);
  if (!partial_) return violated(Errc::malformed_packet);
  partial_->bytes += bytes.size();
  if (partial_->bytes > shard_.options().max_payload) return session_.fail(Errc::payload_too_large);
  partial_->received.emplace_back(bytes);
  if (partial_->received.size() < partial_->attachments) return;
  const auto whole = std::exchange(partial_, nullptr);
  on_packet(*protocol::decode(whole->text), std::move(whole->received), whole->bytes);
}

void Client::on_packet(const protocol::PacketView& packet, Attachments attachments,
                       std::size_t bytes) {
  Arena arena;
  boost::json::monotonic_resource memory(arena.data(), arena.size());
  const Address to{packet.nsp, packet.ack_id};
  switch (packet.type) {
    case PacketType::connect: return on_connect(packet.nsp, protocol::parse_connect(packet, {}));
    case PacketType::disconnect:
      if (!protocol::check_disconnect(packet)) break;
      return on_disconnect(packet.nsp);
    case PacketType::binary_event:
    case PacketType::event: {
      auto content = protocol::parse_event(packet, &memory);
      if (!content) break;
      return on_event(to, *content, attachments, bytes);
    }
    case PacketType::binary_ack:
    case PacketType::ack: {
      auto values = protocol::parse_ack(packet, {});
      if (!values) break;
      return on_ack(to, {std::move(*values), std::move(attachments)});
    }
    case PacketType::connect_error: break;
  }
  violated(Errc::malformed_packet);
}

void Client::on_msgpack(std::string_view bytes) {
  auto packet = protocol::decode_msgpack(bytes, shard_.options().max_attachments);
  if (!packet) return violated(errc_of(packet.error()));
  const Address to{packet->nsp, packet->ack_id};
  switch (packet->type) {
    case PacketType::connect: return on_connect(packet->nsp, std::move(packet->data));
    case PacketType::disconnect: return on_disconnect(packet->nsp);
    case PacketType::event: {
      auto content = protocol::split_event(std::move(packet->data.get_array()));
      if (!content) break;
      return on_event(to, *content, packet->attachments, bytes.size());
    }
    case PacketType::ack:
      return on_ack(to, {std::move(packet->data.get_array()), std::move(packet->attachments)});
    default: break;
  }
  violated(Errc::malformed_packet);
}

// The reasons are those of Socket.IO for Node.js.
void Client::violated(Errc error) { session_.fail(error, "forced close"); }
void Client::misdirected() { session_.fail(Errc::malformed_packet, "forced server close"); }

ShardNamespace* Client::namespace_for(std::string_view name, const boost::json::value& auth) {
  auto& table = shard_.sockets();
  if (auto* const known = table.find_namespace(name)) return known;
  Namespace* handlers = nullptr;
  session_.call([&] { handlers = shard_.core().match_namespace(name, auth); });
  if (handlers == nullptr) return nullptr;
  if (auto* const cluster = shard_.core().cluster()) cluster->namespace_opened(name, *handlers);
  return &table.add_namespace(name, *handlers, true);
}

void Client::on_connect(std::string_view nsp, Result<boost::json::value> auth) {
  // Clients of Socket.IO 2 put a query behind the name, and ask for "/" again.
  const bool legacy = session_.version() == engine::Version::v3;
  const auto name = legacy ? nsp.substr(0, nsp.find('?')) : nsp;
  if (legacy && name == "/") return;
  if (!auth || find(name)) return violated(Errc::malformed_packet);
  connect(name, std::move(*auth));
}

void Client::connect(std::string_view name, boost::json::value auth) {
  asked_to_connect_ = true;
  if (sockets_.size() >= shard_.options().max_namespaces)
    return send_refusal(name, {"Too many namespaces", nullptr});
  ShardNamespace* const nsp = namespace_for(name, auth);
  if (!nsp) return send_refusal(name, {"Invalid namespace", nullptr});
  sockets_.push_back(std::make_unique<ServerSocket>(*this, *nsp, new_id(name), std::move(auth)));
  ServerSocket& socket = *sockets_.back();
  if (!nsp->handlers->use) return accept(socket);
  session_.call([&] { nsp->handlers->use(socket, shard_.core().decision_about(socket.ref())); });
}

void Client::accept(ServerSocket& socket) {
  if (recovers()) {
    if (auto claim = claim_of(socket.auth())) return come_back(socket, std::move(*claim));
  }
  welcome(socket);
}

bool Client::recovers() const {
  return shard_.recovery().enabled() && session_.version() == engine::Version::v4;
}

void Client::welcome(ServerSocket& socket) {
  const auto& writer = shard_.core().writer();
  if (recovers()) socket.make_pid();
  const auto packet = session_.version() == engine::Version::v3
                          ? writer.connect_v2(socket.nsp().name)
                          : writer.connect(socket.nsp().name, socket.id(), socket.pid());
  if (!session_.send(packet, false)) return;
  session_.on_connected();
  const bool holds = session_.hold_what_follows();
  if (!socket.recovered()) socket.connected();
  auto& handlers = *socket.nsp().handlers;
  if (handlers.on_connection) session_.call([&] { handlers.on_connection(socket); });
  if (holds) session_.send_held_soon();
  if (shard_.options().keep_handshake) return;
  session_.forget_handshake();
  socket.forget_auth();
}

void Client::refuse(ServerSocket& socket, const ConnectError& error) {
  send_refusal(socket.nsp().name, error);
  end(socket, {});
}

void Client::send_refusal(std::string_view nsp, const ConnectError& error) {
  const auto& writer = shard_.core().writer();
  session_.send(session_.version() == engine::Version::v3 ? writer.connect_error_v2(nsp, error)
                                                          : writer.connect_error(nsp, error),
                false);
}

// A client of Socket.IO 2 makes its id of the session's, since CONNECT tells it none.
std::string Client::new_id(std::string_view nsp) const {
  if (session_.version() == engine::Version::v4) return new_socket_id();
  return nsp == "/" ? std::string(session_.sid())
                    : std::string(nsp) + '#' + std::string(session_.sid());
}

void Client::on_disconnect(std::string_view nsp) {
  ServerSocket* const socket = find(nsp);
  if (!socket) return misdirected();
  end(*socket, "client namespace disconnect");
}

void Client::on_event(const Address& to, protocol::EventContent& content, Attachments& attachments,
                      std::size_t bytes) {
  ServerSocket* const socket = find(to.nsp);
  if (!socket || !socket->is_connected()) return misdirected();
  if (!socket->nsp().handlers->on_event) return;
  if (to.ack_id) socket->owe_ack(*to.ack_id);
  Event event{content.name,         content.args,
              attachments,          shard_.core().ack_for(*socket, to.ack_id),
              shard_.received_at(), bytes};
  session_.call([&] { socket->nsp().handlers->on_event(*socket, event); });
}

// An acknowledgement that nobody waits for is late, or a repetition: no fault of the peer's.
void Client::on_ack(const Address& to, Arguments answer) {
  ServerSocket* const socket = find(to.nsp);
  if (!socket) return misdirected();
  socket->answered(*to.ack_id, std::move(answer));
}

void Client::on_drained() {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    ServerSocket& socket = *sockets_[i];
    auto& handlers = *socket.nsp().handlers;
    if (socket.is_connected() && handlers.on_drain)
      session_.call([&] { handlers.on_drain(socket); });
  }
}

void Client::announce_closing(Errc error) {
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    ServerSocket& socket = *sockets_[i];
    auto& handlers = *socket.nsp().handlers;
    if (socket.is_connected() && handlers.on_closing)
      session_.call([&] { handlers.on_closing(socket, error); });
  }
}

void Client::end(DisconnectReason reason) {
  partial_.reset();
  while (!sockets_.empty()) end(*sockets_.back(), reason);
  auto& silent_end = shard_.core().silent_end();
  if (!asked_to_connect_ && silent_end) session_.call([&] { silent_end(session_.handshake()); });
}

void Client::disconnect(ServerSocket& socket) {
  if (socket.is_connected())
    session_.send(shard_.core().writer().disconnect(socket.nsp().name), false);
  end(socket, "server namespace disconnect");
}

void Client::disconnect_all() {
  while (!sockets_.empty()) disconnect(*sockets_.back());
  session_.close("server namespace disconnect");
}

void Client::end(ServerSocket& socket, DisconnectReason reason) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(),
                                  [&socket](const auto& owned) { return owned.get() == &socket; });
  if (found == sockets_.end()) return;
  // Its handlers may be running: it goes with the turn.
  auto& ending = shard_.retire(std::move(*found));
  sockets_.erase(found);
  const bool was_connected = ending.is_connected();
  std::optional<LostSocket> lost;
  if (was_connected && !ending.pid().empty() && was_lost(reason)) lost = ending.as_lost();
  ending.ended();
  auto& handlers = *ending.nsp().handlers;
  if (was_connected && handlers.on_disconnect)
    session_.call([&] { handlers.on_disconnect(ending, reason); });
  // From here on another shard may touch its data.
  if (lost) shard_.core().keep_lost(std::string(ending.pid()), std::move(*lost));
}

}  // namespace lectern::server
