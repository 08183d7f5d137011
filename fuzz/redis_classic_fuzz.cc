// Property: what is read as a message of the cluster and written again is read as the same message;
// everything else is refused with a typed error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "redis/classic.h"

namespace {

namespace redis = lectern::redis;

redis::EventView view(const redis::ClassicEvent& event) {
  const auto& [values, attachments] = event.arguments;
  return {event.name, {values.begin(), values.size()}, attachments};
}

std::string again(const redis::ClassicBroadcast& message) {
  return redis::encode_broadcast(message.uid, message.nsp, message.to, message.is_volatile,
                                 view(message.event));
}

std::string again(const redis::Request& message) {
  if (message.type == redis::RequestType::fetch)
    return redis::encode_fetch(message.uid, message.id, message.to);
  if (message.type == redis::RequestType::broadcast && message.limit)
    return redis::encode_question(message.uid, message.id, "/", message.to, *message.limit,
                                  view(message.event));
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto broadcast = redis::decode_broadcast(text)) {
    const auto written = again(*broadcast);
    const auto read = redis::decode_broadcast(written);
    if (!read || again(*read) != written) std::abort();
  }
  if (const auto request = redis::decode_request(text)) {
    const auto written = again(*request);
    if (!written.empty()) {
      const auto read = redis::decode_request(written);
      if (!read || again(*read) != written) std::abort();
    }
  }
  if (const auto response = redis::decode_response(text); response && response->answer) {
    const auto written = redis::encode_client_answer(response->id, *response->answer);
    const auto read = redis::decode_response(written);
    if (!read || !read->answer || read->answer->values.size() != 1) std::abort();
  }
  return 0;
}
