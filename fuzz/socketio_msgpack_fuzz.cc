#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "base/json.h"
#include "base/utf8.h"
#include "protocol/attachments.h"
#include "protocol/content.h"
#include "protocol/encoder.h"
#include "protocol/msgpack.h"
#include "protocol/msgpack_value.h"
#include "protocol/packet.h"

namespace {

using namespace lectern::protocol;
namespace json = boost::json;

constexpr std::size_t kAttachments = 4;

void require(bool claim) {
  if (!claim) std::abort();
}

// What is read, written and read again is the same value, in bytes that do not change any more.
void check_value(std::string_view bytes) {
  Attachments attachments;
  const auto value = decode_msgpack_value(bytes, attachments, kAttachments);
  if (!value) return;
  require(attachments.size() <= kAttachments);
  std::string once;
  append_msgpack(once, *value, attachments);
  // A float takes nine bytes where five did.
  require(once.size() <= 2 * bytes.size());
  Attachments attachments_again;
  const auto again = decode_msgpack_value(once, attachments_again, kAttachments);
  require(again && attachments_again == attachments);
  require(json::serialize(*again) == json::serialize(*value));
  std::string twice;
  append_msgpack(twice, *again, attachments_again);
  require(twice == once);
  // The text parser takes it as well.
  require(lectern::parse_json(json::serialize(*value)).has_value());
}

// An event can be told to clients of the text form.
void check_event(const MsgpackPacket& packet) {
  const auto event = split_event(packet.data.get_array());
  if (!event) return;
  std::string out;
  const auto count = static_cast<std::uint32_t>(packet.attachments.size());
  const auto type = count > 0 ? PacketType::binary_event : PacketType::event;
  encode_event(out, {type, count, packet.nsp, packet.ack_id, {}}, event->name, event->args);
  require(lectern::is_valid_utf8(out));
  const auto header = decode(out);
  require(header && header->nsp == packet.nsp && header->ack_id == packet.ack_id);
  const auto text_event = parse_event(*header, {});
  require(text_event && text_event->name == event->name &&
          text_event->args.size() == event->args.size());
}

void check_packet(std::string_view bytes) {
  const auto packet = decode_msgpack(bytes, kAttachments);
  if (!packet) return;
  require(packet->attachments.size() <= kAttachments && !is_binary(packet->type));
  std::string out;
  encode_msgpack(out, *packet);
  const auto again = decode_msgpack(out, kAttachments);
  require(again && again->type == packet->type && again->nsp == packet->nsp &&
          again->ack_id == packet->ack_id && again->attachments == packet->attachments &&
          json::serialize(again->data) == json::serialize(packet->data));
  if (packet->type == PacketType::event) check_event(*packet);
}

}  // namespace

// Properties: values and packets survive being written; what is accepted in this form could be
// written in the text form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  check_value(input);
  check_packet(input);
  return 0;
}
