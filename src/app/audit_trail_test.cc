#include "app/audit_trail.h"

#include <gtest/gtest.h>

#include "identity/memory_store.h"

namespace lectern::app {
namespace {

using identity::AuditEntry;

TEST(AuditTrail, HasWrittenEverythingWhenItStops) {
  identity::MemoryStore store;
  AuditTrail trail(store);
  for (int i = 0; i < 1000; ++i) trail.record({0, i, "login", "u1", "u1", "10.0.0.1", ""});
  trail.stop();
  const auto entries = store.audit(1'000'000, 1'000'000);
  ASSERT_EQ(entries.size(), 1000U);
  EXPECT_EQ(entries[0].at, 999);
  EXPECT_EQ(entries[0].id, 1000);
  EXPECT_EQ(trail.dropped(), 0U);
}

TEST(AuditTrail, CountsWhatItCouldNotKeep) {
  identity::MemoryStore store;
  store.fail();
  AuditTrail trail(store);
  trail.record({0, 1, "login", "", "", "", ""});
  trail.stop();
  trail.record({0, 2, "login", "", "", "", ""});
  EXPECT_EQ(trail.dropped(), 2U);
}

}  // namespace
}  // namespace lectern::app
