#include "client/write_queue.h"

#include <utility>

#include "base/base64.h"
#include "engine/payload.h"

namespace lectern::client {
namespace {

// As it stands in a payload.
std::size_t size_in_payload(const Outgoing& packet) {
  return packet.binary ? 1 + (packet.bytes.size() + 2) / 3 * 4 : packet.bytes.size();
}

}  // namespace

Outgoing WriteQueue::pop() {
  Outgoing packet = std::move(packets_.front());
  packets_.pop_front();
  ++popped_;
  return packet;
}

Batch WriteQueue::pop_batch(std::size_t max_bytes) {
  Batch batch;
  while (!packets_.empty()) {
    const std::size_t size = size_in_payload(packets_.front());
    if (!batch.body.empty() && max_bytes > 0 && batch.body.size() + 1 + size > max_bytes) break;
    Outgoing packet = pop();
    engine::append_to_payload(batch.body,
                              packet.binary ? 'b' + base64_encode(packet.bytes) : packet.bytes);
    batch.charges.push_back(std::move(packet.charge));
  }
  return batch;
}

}  // namespace lectern::client
