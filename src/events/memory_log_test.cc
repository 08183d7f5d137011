#include "events/memory_log.h"

#include "events/event_log_conformance.h"

namespace lectern::events {
namespace {

struct MemoryLogUnderTest {
  static constexpr bool kDurable = false;
  EventLog& log() { return log_; }
  void reopen() {}

  MemoryLog log_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, EventLogConformance, MemoryLogUnderTest);

}  // namespace lectern::events
