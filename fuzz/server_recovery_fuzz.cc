#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "server/come_back.h"
#include "server/recovery.h"
#include "server/session_id.h"

namespace {

using namespace std::string_literals;
using lectern::server::Delivery;
using lectern::server::Recovery;

constexpr std::string_view kPid = "AAAAAAAABBBBBBBBCCCC";
constexpr std::size_t kPackets = 5;

// "o0", "o1" …
std::string offset_of(std::size_t packet) { return "o" + std::to_string(packet); }

// One socket that was lost after it had been told `o1`, and packets for it.
Recovery filled() {
  Recovery recovery(std::chrono::seconds(1), 100'000);
  for (std::size_t i = 0; i < kPackets; ++i) {
    auto delivery = std::make_shared<Delivery>();
    delivery->to.nsp = "/";
    delivery->packet.head = lectern::Frame::of_packet("42[\"x\"]");
    delivery->offset = offset_of(i);
    recovery.remember(std::move(delivery), {});
  }
  recovery.keep(std::string(kPid), {{0, 1}, "id", "/", {"id"}, nullptr, {"", 1}}, {});
  return recovery;
}

// How many packets a client with this offset missed; more than there are for one of nobody's.
std::size_t missed_since(std::string_view offset) {
  if (offset.empty()) return kPackets - 1;
  for (std::size_t i = 0; i < kPackets; ++i)
    if (offset == offset_of(i)) return kPackets - 1 - i;
  return kPackets + 1;
}

}  // namespace

// Property: whatever a CONNECT says, a lost socket is given to who knows its whole private id,
// once, in its namespace, and with exactly the packets behind an offset that was told.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const auto nsp = bytes[0] % 4 == 0 ? "/other"s : "/"s;
  const auto auth = lectern::parse_json({reinterpret_cast<const char*>(bytes) + 1, size - 1});
  if (!auth) return 0;
  const auto claim = lectern::server::claim_of(*auth);
  if (!claim) return 0;
  static_cast<void>(lectern::server::shard_of(claim->pid));
  auto recovery = filled();
  auto lost = recovery.take(claim->pid, nsp, {});
  if (lost.has_value() != (claim->pid == kPid && nsp == "/")) std::abort();
  // A wrong guess takes nothing away from its owner.
  if (recovery.take(kPid, "/", {}).has_value() != (claim->pid != kPid)) std::abort();
  if (!lost) return 0;
  const auto position = recovery.locate(lost->start, claim->offset);
  const auto expected = missed_since(claim->offset);
  if (position.has_value() != (expected <= kPackets)) std::abort();
  if (!position) return 0;
  lost->start = {claim->offset, *position};
  const auto missed = recovery.missed(*lost);
  if (!missed || missed->size() != expected) std::abort();
  return 0;
}
