#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "base/base64.h"
#include "client/encoded_packet.h"
#include "client/packet_reader.h"
#include "client/session.h"
#include "engine/payload.h"

namespace {

using namespace lectern;
using namespace lectern::client;
using Kind = client::Action::Kind;

constexpr std::size_t kMaxAttachments = 3;

void require(bool claim) {
  if (!claim) std::abort();
}

// An event or acknowledgement that came can be said to the server, and would come back the same.
void check_written(const Received& received, Parser parser) {
  using protocol::PacketType;
  require(received.attachments.size() <= kMaxAttachments);
  if (received.type != PacketType::event && received.type != PacketType::ack) return;
  const Arguments arguments{received.data.get_array(), received.attachments};
  const PacketWriter writer(parser);
  const auto packet = received.type == PacketType::event
                          ? writer.event(received.nsp, received.ack_id, received.name, arguments)
                          : writer.ack(received.nsp, *received.ack_id, arguments);
  PacketReader reader(parser, kMaxAttachments, std::size_t{1} << 20);
  auto again = packet.binary ? reader.on_binary(packet.head)
                             : reader.on_text(std::string_view(packet.head).substr(1));
  for (const auto& attachment : packet.attachments) {
    require(again && !*again);
    again = reader.on_binary(attachment);
  }
  require(again && *again);
  require((*again)->type == received.type && (*again)->nsp == received.nsp);
  require((*again)->ack_id == received.ack_id && (*again)->name == received.name);
  require((*again)->data.get_array().size() == received.data.get_array().size());
}

// What a session and the packets on it make of a poll's answer.
void take(std::string_view body, Parser parser) {
  const SteadyClock::time_point now{};
  Session session(engine::Transport::polling, /*upgrade=*/true, now);
  PacketReader reader(parser, kMaxAttachments, /*max_bytes=*/4096);
  const auto packets = engine::decode_payload(body, 1 << 16);
  if (!packets) return;
  for (engine::PacketView packet : *packets) {
    std::string bytes;
    const bool binary = packet.type == engine::packet_type::kBinary;
    if (binary) {
      const auto decoded = base64_decode(packet.data);
      if (!decoded) return;
      bytes = *decoded;
      packet.data = bytes;
    }
    const auto action = session.on_packet(packet, now);
    if (action.kind == Kind::fail || action.kind == Kind::close) return;
    if (action.kind == Kind::opened) {
      require(session.open() && session.silent_at() > now);
      require(!session.parameters().sid.empty());
    }
    if (action.kind != Kind::deliver) continue;
    require(session.open());
    auto received = binary ? reader.on_binary(packet.data) : reader.on_text(packet.data);
    if (!received) return;
    if (*received) check_written(**received, parser);
  }
}

}  // namespace

// Properties: nothing is delivered before the session is open; what was read can be written and is
// read again as the same. The first byte chooses the parser, the rest is the answer to polls.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  take(body, bytes[0] % 2 == 0 ? Parser::json : Parser::msgpack);
  return 0;
}
