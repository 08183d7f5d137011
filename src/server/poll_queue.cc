#include "server/poll_queue.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "engine/payload.h"
#include "engine/payload_v3.h"

namespace lectern::server {

using engine::PayloadForm;

namespace {

constexpr std::size_t kManyGaps = 64;

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

bool PollQueue::replace(std::string_view key, const Frame& packet) {
  if (!replacing_) replacing_ = std::make_unique<Replacing>();
  auto& [latest, gaps] = *replacing_;
  const auto old = latest.take(key);
  if (old) {
    shrank(packets_[*old].wire().size());
    packets_[*old] = Frame();
    if (++gaps > kManyGaps && gaps > packets_.size() / 2) close_gaps();
  }
  latest.put(key, packets_.size());
  push(packet);
  return old.has_value();
}

std::vector<Frame> PollQueue::take() {
  shrank(bytes_);
  if (std::exchange(replacing_, nullptr))
    std::erase_if(packets_, [](const Frame& packet) { return !packet; });
  return std::exchange(packets_, {});
}

void PollQueue::close_gaps() {
  std::vector<std::size_t> before;  // how many stay, of those before each
  std::size_t kept = 0;
  for (const Frame& packet : packets_) {
    before.push_back(kept);
    if (packet) ++kept;
  }
  std::erase_if(packets_, [](const Frame& packet) { return !packet; });
  replacing_->latest.rearrange([&](std::size_t place) { return std::optional(before[place]); });
  replacing_->gaps = 0;
}

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
