#include "net/message_compression.h"

#include "websocket/encoder.h"

namespace lectern::net {

using websocket::Opcode;

Frame MessageCompression::outgoing(const Frame& message) {
  if (message.plain() || message.payload().size() < threshold_) return message;
  return message.other_form([this](std::string_view payload, bool is_binary) {
    std::string compressed;
    deflater_.deflate(payload, compressed);
    std::string wire;
    websocket::append_frame(wire, is_binary ? Opcode::binary : Opcode::text, compressed,
                            /*compressed=*/true);
    return wire;
  });
}

}  // namespace lectern::net
