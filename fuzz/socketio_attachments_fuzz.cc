#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/serialize.hpp>

#include "protocol/attachments.h"
#include "protocol/content.h"
#include "protocol/encoder.h"
#include "protocol/packet.h"

namespace {

using namespace lectern::protocol;
namespace json = boost::json;

void require(bool claim) {
  if (!claim) std::abort();
}

// The rule, spelled on the text of the number instead of its kind.
bool holds(const json::value& value, std::size_t attachments, std::set<std::string>& used) {
  if (value.is_array()) {
    for (const auto& item : value.get_array())
      if (!holds(item, attachments, used)) return false;
  } else if (value.is_object()) {
    const auto& object = value.get_object();
    if (object.contains("_placeholder") && object.at("_placeholder") == true) {
      if (object.size() != 2 || !object.contains("num")) return false;
      const std::string num = json::serialize(object.at("num"));
      if (num.size() > 7 || num.find_first_not_of("0123456789") != std::string::npos) return false;
      return std::stoul(num) < attachments && used.insert(num).second;
    }
    for (const auto& member : object)
      if (!holds(member.value(), attachments, used)) return false;
  }
  return true;
}

}  // namespace

// Properties: a binary event is taken exactly when its plain form is and its placeholders keep the
// rule; what is taken, written again and read again has the same header and placeholders.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto packet = decode(text);
  if (!packet || packet->type != PacketType::binary_event) return 0;
  const auto event = parse_event(*packet, {});
  PacketView plain = *packet;
  plain.type = PacketType::event;
  const auto unchecked = parse_event(plain, {});
  std::set<std::string> used;
  require(event.has_value() == (unchecked && (packet->attachments == 0 ||
                                              holds(unchecked->args, packet->attachments, used))));
  if (!event) return 0;

  std::string out;
  const auto type = packet->attachments > 0 ? PacketType::binary_event : PacketType::event;
  encode_event(out, {type, packet->attachments, packet->nsp, packet->ack_id, {}}, event->name,
               event->args);
  const auto header = decode(out);
  require(header && header->attachments == packet->attachments && header->nsp == packet->nsp);
  require(header->ack_id == packet->ack_id && is_binary(header->type) == (packet->attachments > 0));
  const auto again = parse_event(*header, {});
  require(again && again->name == event->name && again->args.size() == event->args.size());
  std::set<std::string> used_again;
  require(packet->attachments == 0 ||
          (holds(again->args, packet->attachments, used_again) && used_again == used));
  return 0;
}
