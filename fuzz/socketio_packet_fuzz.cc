#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "base/utf8.h"
#include "protocol/content.h"
#include "protocol/encoder.h"
#include "protocol/packet.h"

namespace {

using namespace lectern::protocol;

void require(bool claim) {
  if (!claim) std::abort();
}

// What clients are told of an event is UTF-8 and reads as the same event.
void check_event(const PacketView& packet) {
  const auto event = parse_event(packet, {});
  if (!event) return;
  std::string out;
  encode_event(out, {PacketType::event, 0, packet.nsp, packet.ack_id, {}}, event->name,
               event->args);
  require(lectern::is_valid_utf8(out));
  const auto header = decode(out);
  require(header && header->nsp == packet.nsp && header->ack_id == packet.ack_id);
  const auto again = parse_event(*header, {});
  require(again && again->name == event->name && again->args.size() == event->args.size());
}

}  // namespace

// Properties: a header that was read, written and read again is the same; the content of a packet
// comes out as valid UTF-8 and survives the same way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (!lectern::is_valid_utf8(text)) return 0;  // the transports let nothing else through
  const auto packet = decode(text);
  if (!packet) return 0;
  std::string written;
  append(written, *packet);
  require(written.size() <= size + 1);
  const auto again = decode(written);
  require(again && again->type == packet->type && again->attachments == packet->attachments &&
          again->nsp == packet->nsp && again->ack_id == packet->ack_id &&
          again->json == packet->json);

  if (packet->type == PacketType::event) check_event(*packet);
  if (const auto auth = parse_connect(*packet, {})) {
    require(auth->is_null() || auth->is_object());
    require(lectern::is_valid_utf8(boost::json::serialize(*auth)));
  }
  const auto ack = parse_ack(*packet, {});
  require(!ack || packet->ack_id);
  return 0;
}
