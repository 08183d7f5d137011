#include "client/namespace_socket.h"

#include <algorithm>
#include <utility>

#include <boost/json/object.hpp>

#include "base/utf8.h"
#include "client/client_core.h"
#include "protocol/content.h"

namespace lectern::client {

namespace json = boost::json;
using protocol::PacketType;

namespace {

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// Whether all strings are UTF-8, keys among them.
bool is_text(const json::value& value) {
  if (const auto* string = value.if_string()) return is_valid_utf8(*string);
  if (const auto* array = value.if_array())
    return std::all_of(array->begin(), array->end(),
                       [](const json::value& element) { return is_text(element); });
  if (const auto* object = value.if_object())
    return std::all_of(object->begin(), object->end(), [](const auto& member) {
      return is_valid_utf8(member.key()) && is_text(member.value());
    });
  return true;
}

bool is_text(std::string_view event, const json::array& arguments) {
  return is_valid_utf8(event) &&
         std::all_of(arguments.begin(), arguments.end(),
                     [](const json::value& value) { return is_text(value); });
}

}  // namespace

void NamespaceSocket::activate() {
  if (!std::exchange(active_, true) && core_.link().is_open()) return send_connect();
  core_.link().want();
}

void NamespaceSocket::deactivate() {
  if (!active_) return;
  const bool was_connected = state_ == State::connected;
  if (was_connected) core_.link().write(core_.writer().disconnect(nsp_));
  ended();
  if (was_connected) closed("io client disconnect");
}

// Not active any more, whoever wanted it.
void NamespaceSocket::ended() {
  active_ = false;
  state_ = State::idle;
  core_.socket_ended();
}

void NamespaceSocket::link_opened() {
  if (active_) send_connect();
}

void NamespaceSocket::send_connect() {
  state_ = State::connecting;
  json::value auth = core_.options().auth;
  if (auth_ && !core_.call([&] { auth = auth_(); })) {
    ended();
    return tell(ConnectError{"auth error", nullptr});
  }
  if (!pid_.empty()) {
    // What the application says goes first, as in socket.io-client.
    json::object session({{"pid", pid_}});
    if (!offset_.empty()) session["offset"] = offset_;
    if (const auto* own = auth.if_object())
      for (const auto& member : *own) session[member.key()] = member.value();
    auth = std::move(session);
  }
  core_.link().write(core_.writer().connect(nsp_, auth));
}

void NamespaceSocket::link_failed(const ConnectError& error) {
  if (active_) tell(error);
}

void NamespaceSocket::tell(const ConnectError& error) {
  core_.call([&] { on_connect_error_(error); });
}

void NamespaceSocket::link_closed(DisconnectReason reason) {
  const State was = std::exchange(state_, State::idle);
  early_.clear();
  early_bytes_ = 0;
  if (was == State::connected) closed(reason);
  // Nobody else would say that CONNECT has no answer.
  if (was == State::connecting && active_) tell(ConnectError{std::string(reason), nullptr});
}

void NamespaceSocket::closed(DisconnectReason reason) {
  connected_ = false;
  {
    const std::lock_guard lock(id_mutex_);
    id_.clear();
  }
  core_.call([&] { on_disconnect_(reason); });
  const auto is_unsent = [this](std::uint64_t id) {
    return std::any_of(unsent_.begin(), unsent_.end(),
                       [id](const Emission& emission) { return emission.ack_id == id; });
  };
  for (const std::uint64_t id : acks_.all_but(is_unsent)) answered(id, Errc::disconnected);
}

void NamespaceSocket::receive(Received received) {
  const PacketType type = received.type;
  if (!active_) {
    // The answer to a CONNECT that nobody waits for: the server must not think we are there.
    if (type == PacketType::connect) core_.link().write(core_.writer().disconnect(nsp_));
    return;
  }
  switch (type) {
    case PacketType::connect: return take_connect(received);
    case PacketType::connect_error: return take_connect_error(received);
    case PacketType::event: return take_event(std::move(received));
    case PacketType::ack: return take_ack(std::move(received));
    case PacketType::disconnect: {
      const bool was_connected = state_ == State::connected;
      ended();
      if (was_connected) closed("io server disconnect");
      return;
    }
    case PacketType::binary_event:
    case PacketType::binary_ack: return;  // a Received is none of these
  }
}

void NamespaceSocket::take_connect(const Received& received) {
  if (state_ != State::connecting) return;
  const auto* const content = received.data.if_object();
  std::string id = content ? text_of(*content, "sid") : "";
  // A server of Socket.IO 2 says nothing here.
  if (id.empty()) return core_.link().refuse();
  connected_as(std::move(id), text_of(*content, "pid"));
}

void NamespaceSocket::connected_as(std::string id, std::string pid) {
  recovered_ = !pid.empty() && pid == pid_;
  pid_ = std::move(pid);
  {
    const std::lock_guard lock(id_mutex_);
    id_ = std::move(id);
  }
  state_ = State::connected;
  connected_ = true;
  const auto connection = ++connection_;
  early_bytes_ = 0;
  for (const Waiting& event : std::exchange(early_, {}))
    if (connection == connection_ && state_ == State::connected) deliver(event);
  while (connection == connection_ && state_ == State::connected && !unsent_.empty()) {
    core_.link().write(std::move(unsent_.front().packet));
    unsent_.pop_front();
  }
  if (connection == connection_ && state_ == State::connected) core_.call(on_connect_);
}

void NamespaceSocket::take_connect_error(const Received& received) {
  ConnectError error;
  if (const auto* const content = received.data.if_object()) {
    error.message = text_of(*content, "message");
    if (const auto* data = content->if_contains("data"))
      error.data = std::make_shared<const json::value>(*data);
  } else {
    error.message = received.data.get_string();
  }
  ended();
  tell(error);
}

void NamespaceSocket::take_event(Received received) {
  Waiting event{std::move(received.name), std::move(received.data.get_array()),
                std::move(received.attachments), received.ack_id};
  if (state_ == State::connected) return deliver(event);
  // What was missed comes before the answer to CONNECT.
  early_bytes_ += received.bytes + sizeof(Waiting);
  if (early_bytes_ > core_.options().receive_limit_bytes) {
    pid_.clear();  // else the next connection would end in the same way
    return core_.link().refuse();
  }
  early_.push_back(std::move(event));
}

void NamespaceSocket::deliver(const Waiting& event) {
  core_.call([&] {
    events_.dispatch({event.name, event.args, event.attachments,
                      core_.make_ack(*this, event.ack_id, connection_)});
  });
  if (!pid_.empty() && !event.args.empty() && event.args.back().is_string())
    offset_ = event.args.back().get_string();
}

void NamespaceSocket::take_ack(Received received) {
  answered(*received.ack_id,
           Arguments{std::move(received.data.get_array()), std::move(received.attachments)});
}

std::optional<NamespaceSocket::Emission> NamespaceSocket::encode(
    std::string_view event, const Arguments& arguments, std::optional<std::uint64_t> ack_id) {
  if (protocol::is_reserved(event)) return std::nullopt;
  if (!is_text(event, arguments.values)) return std::nullopt;
  Emission emission{core_.writer().event(nsp_, ack_id, event, arguments), false, ack_id};
  auto charge = core_.bytes().take(emission.packet.bytes());
  if (!charge) return std::nullopt;
  emission.packet.charge = std::move(*charge);
  return emission;
}

void NamespaceSocket::send(Emission emission) {
  if (state_ == State::connected) {
    if (emission.is_volatile && !core_.link().idle()) return;
    return core_.link().write(std::move(emission.packet));
  }
  if (!emission.is_volatile) unsent_.push_back(std::move(emission));
}

void NamespaceSocket::answer(std::uint64_t connection, EncodedPacket packet) {
  if (state_ == State::connected && connection == connection_)
    core_.link().write(std::move(packet));
}

void NamespaceSocket::await_ack(std::uint64_t id, SteadyClock::time_point deadline,
                                PendingAcks::Entry entry) {
  acks_.add(id, deadline, std::move(entry));
  arm_ack_timer();
}

// One that nobody waits for is late, or a repetition.
void NamespaceSocket::answered(std::uint64_t id, Result<Arguments> answer) {
  if (auto handler = acks_.take(id)) core_.call([&] { handler(std::move(answer)); });
}

void NamespaceSocket::arm_ack_timer() {
  const auto next = acks_.next();
  if (!next || (ack_timer_ && *ack_timer_ <= *next)) return;
  ack_timer_ = next;
  const auto delay = std::chrono::ceil<std::chrono::milliseconds>(*next - SteadyClock::now());
  core_.loop().run_after(std::max(delay, std::chrono::milliseconds(0)), [this, at = *next] {
    if (ack_timer_ == at) ack_timer_.reset();
    expire_acks();
    arm_ack_timer();
  });
}

void NamespaceSocket::expire_acks() {
  while (const auto id = acks_.expired(SteadyClock::now())) {
    std::erase_if(unsent_, [&](const Emission& emission) { return emission.ack_id == *id; });
    answered(*id, Errc::timed_out);
  }
}

}  // namespace lectern::client
