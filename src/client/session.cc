#include "client/session.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"

namespace lectern::client {

namespace json = boost::json;
using Kind = Action::Kind;

namespace {

constexpr std::int64_t kMostMilliseconds = std::int64_t{1} << 40U;  // no sum of two overflows

bool is_sid(std::string_view text) {
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
}

std::optional<std::chrono::milliseconds> duration(const json::object& object,
                                                  std::string_view key) {
  const json::value* const value = object.if_contains(key);
  const std::int64_t* const count = value == nullptr ? nullptr : value->if_int64();
  if (count == nullptr || *count <= 0 || *count > kMostMilliseconds) return std::nullopt;
  return std::chrono::milliseconds(*count);
}

}  // namespace

Result<OpenParameters> parse_open(std::string_view text) {
  const auto value = parse_json(text);
  if (!value || !value->is_object()) return Errc::malformed_packet;
  const json::object& object = value->get_object();

  OpenParameters parameters;
  const json::value* const sid = object.if_contains("sid");
  const auto interval = duration(object, "pingInterval");
  const auto timeout = duration(object, "pingTimeout");
  if (sid == nullptr || !sid->is_string() || !is_sid(sid->get_string()) || !interval || !timeout)
    return Errc::malformed_packet;
  parameters.sid = sid->get_string();
  parameters.ping_interval = *interval;
  parameters.ping_timeout = *timeout;
  if (const json::value* const most = object.if_contains("maxPayload")) {
    const std::int64_t* const bytes = most->if_int64();
    if (bytes != nullptr && *bytes > 0) parameters.max_payload = static_cast<std::size_t>(*bytes);
  }
  const json::value* const upgrades = object.if_contains("upgrades");
  if (upgrades != nullptr && upgrades->is_array()) {
    const json::array& names = upgrades->get_array();
    parameters.may_upgrade = std::find(names.begin(), names.end(), "websocket") != names.end();
  }
  return parameters;
}

Action Session::on_packet(engine::PacketView packet, SteadyClock::time_point now) {
  alive_at_ = now;  // whatever arrives is a sign of life
  if (!open()) {
    if (packet.type != engine::packet_type::kOpen) return {Kind::fail, Errc::malformed_packet};
    auto parameters = parse_open(packet.data);
    if (!parameters) return {Kind::fail, Errc::malformed_packet};
    parameters_ = std::move(*parameters);
    state_ = State::open;
    return {Kind::opened, {}};
  }
  switch (packet.type) {
    case engine::packet_type::kMessage:
    case engine::packet_type::kBinary: return {Kind::deliver, {}};
    case engine::packet_type::kPing: return {Kind::pong, {}};
    case engine::packet_type::kPong:
    case engine::packet_type::kNoop: return {};
    case engine::packet_type::kClose: return {Kind::close, {}};
    default: return {Kind::fail, Errc::malformed_packet};
  }
}

Action Session::on_candidate_packet(engine::PacketView packet, SteadyClock::time_point now) {
  alive_at_ = now;
  if (packet.type == engine::packet_type::kPong && packet.data == "probe" && wants_upgrade() &&
      state_ == State::open) {
    state_ = State::pausing;
    return {Kind::pause, {}};
  }
  return {Kind::drop_candidate, {}};
}

void Session::on_candidate_gone() {
  if (state_ == State::pausing) state_ = State::open;
}

void Session::on_paused() {
  state_ = State::open;
  transport_ = engine::Transport::websocket;
}

Action Session::on_time(SteadyClock::time_point now) const {
  if (now < silent_at()) return {};
  return {Kind::fail, Errc::ping_timeout};
}

}  // namespace lectern::client
