#include "client/polling.h"

#include <utility>

#include "base/base64.h"
#include "engine/payload.h"

namespace lectern::client {

void Polling::poll() {
  gets_.request(endpoint_.poll(sid_),
                [this](Result<HttpAnswer> answer) { polled(std::move(answer)); });
}

void Polling::polled(Result<HttpAnswer> answer) {
  // A redirect is an error too: the session lives where it was opened.
  if (!answer || answer->status != 200) return fail();
  taking_ = true;
  const bool understood = take(answer->body);
  taking_ = false;
  if (!understood) return fail();
  if (closed_) return;
  if (pausing_) return rest();
  poll();
}

// False for a body that is no payload. The packets before the fault were delivered.
bool Polling::take(const std::string& body) {
  const auto packets = engine::decode_payload(body, max_body_);
  if (!packets) return false;
  for (const engine::PacketView packet : *packets) {
    if (closed_) return true;
    if (packet.type != engine::packet_type::kBinary) {
      listener_.on_polling_packet(packet);
      continue;
    }
    const auto bytes = base64_decode(packet.data);
    if (!bytes) return false;
    listener_.on_polling_packet({packet.type, *bytes});
  }
  return true;
}

void Polling::write(Batch batch) {
  std::string request = endpoint_.post(sid_, batch.body);
  posts_.request(std::move(request), [this, charges = std::move(batch.charges)](
                                         const Result<HttpAnswer>& answer) mutable {
    charges.clear();
    if (!answer || answer->status != 200) return fail();
    if (pausing_) return rest();
    listener_.on_polling_written();
  });
}

void Polling::pause() {
  pausing_ = true;
  rest();
}

void Polling::rest() {
  if (gets_.busy() || posts_.busy()) return;
  listener_.on_polling_paused();
}

void Polling::resume() {
  pausing_ = false;
  if (!gets_.busy() && !taking_) poll();
  listener_.on_polling_written();
}

void Polling::fail() {
  if (closed_) return;
  close();
  listener_.on_polling_error();
}

void Polling::close() {
  closed_ = true;
  gets_.close();
  posts_.close();
}

}  // namespace lectern::client
