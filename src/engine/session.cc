#include "engine/session.h"

namespace lectern::engine {

using Kind = Action::Kind;

Action Session::on_packet(PacketView packet) {
  awaiting_pong_ = false;  // D2: whatever arrives is a sign of life
  switch (packet.type) {
    case '4': return {Kind::deliver, packet.data, {}};
    case 'b': return {Kind::deliver_base64, packet.data, {}};
    case '6': return {};
    case '1': return {Kind::close, {}, {}};
    case '2':
      if (version_ == Version::v4) break;  // the server pings
      return {Kind::pong, packet.data, {}};
    case '3':
      if (version_ == Version::v3) break;
      return {};
    default: break;
  }
  return {Kind::fail, {}, Errc::malformed_packet};
}

Action Session::on_candidate_packet(PacketView packet) {
  if (packet.type == '2' && packet.data == "probe" && transport_ == Transport::polling) {
    upgrading_ = true;
    return {Kind::probe_pong, {}, {}};
  }
  if (packet.type == '5' && upgrading_) {
    upgrading_ = false;
    transport_ = Transport::websocket;
    return {Kind::upgrade, {}, {}};
  }
  return {Kind::drop_candidate, {}, Errc::malformed_packet};
}

Action Session::on_ping_due() {
  awaiting_pong_ = true;
  return {Kind::ping, {}, {}};
}

Action Session::on_pong_due() {
  if (awaiting_pong_) return {Kind::fail, {}, Errc::ping_timeout};
  return {};
}

}  // namespace lectern::engine
