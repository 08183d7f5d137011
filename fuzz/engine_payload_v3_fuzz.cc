#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/utf8.h"
#include "engine/packet.h"
#include "engine/payload_v3.h"

namespace {

using namespace lectern::engine;

// Code units by the definition: the bits of each character, and two units beyond U+FFFF.
std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size(); ++units) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size == 4) ++units;
    at += size;
  }
  return units;
}

}  // namespace

// Properties: what decode_payload_v3() accepts, written again, is the input; the length in front of
// a text is its number of UTF-16 code units. The first byte chooses the form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const auto form = bytes[0] % 2 == 0 ? PayloadForm::text : PayloadForm::binary;
  const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const auto packets = decode_payload_v3(form, body, 1 << 16);
  if (!packets) return 0;
  std::string joined;
  for (const auto& [type, data_form, data] : *packets) {
    if (data_form == DataForm::bytes) {
      if (type != packet_type::kMessage) std::abort();
      append_binary_message_v3(joined, form, data);
      continue;
    }
    if (!lectern::is_valid_utf8(data)) std::abort();
    const std::string packet =
        (data_form == DataForm::base64 ? "b" : "") + (type + std::string(data));
    const std::size_t before = joined.size();
    append_packet_v3(joined, form, packet);
    if (form == PayloadForm::text &&
        joined.substr(before) != std::to_string(utf16_units(packet)) + ":" + packet) {
      std::abort();
    }
  }
  if (joined != body) std::abort();
  return 0;
}
