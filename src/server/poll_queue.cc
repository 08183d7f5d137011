#include "server/poll_queue.h"

#include <algorithm>

#include "base/base64.h"
#include "engine/payload.h"
#include "engine/payload_v3.h"

namespace lectern::server {

using engine::PayloadForm;

namespace {

std::string payload_v4(std::span<const Frame> packets) {
  std::string payload;
  for (const Frame& packet : packets) {
    if (packet.is_binary()) {
      engine::append_to_payload(payload, 'b' + base64_encode(packet.payload()));
    } else {
      engine::append_to_payload(payload, packet.payload());
    }
  }
  return payload;
}

std::string payload_v3(std::span<const Frame> packets, PayloadForm form) {
  std::string payload;
  for (const Frame& packet : packets) {
    if (packet.is_binary()) {
      engine::append_binary_message_v3(payload, form, packet.payload());
    } else {
      engine::append_packet_v3(payload, form, packet.payload());
    }
  }
  return payload;
}

}  // namespace

HttpResponse poll_response(std::span<const Frame> packets, engine::Version version, bool base64) {
  const bool any_binary = std::any_of(packets.begin(), packets.end(),
                                      [](const Frame& packet) { return packet.is_binary(); });
  const bool bytes = version == engine::Version::v3 && any_binary && !base64;
  HttpResponse response;
  response.headers = {
      {"Content-Type", bytes ? "application/octet-stream" : "text/plain; charset=UTF-8"},
      {"Cache-Control", "no-store"}};
  response.body = version == engine::Version::v4
                      ? payload_v4(packets)
                      : payload_v3(packets, bytes ? PayloadForm::binary : PayloadForm::text);
  return response;
}

void compress(HttpResponse& response, ContentCoding coding) {
  if (coding == ContentCoding::identity) return;
  response.body = encoded(response.body, coding);
  response.headers.emplace_back("Content-Encoding", name_of(coding));
}

}  // namespace lectern::server
