#include "app/audit_events.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

events::DomainEvent event(std::string type, std::string payload) {
  return {{},
          std::move(type),
          *Uuid::parse("3b241101-e2bb-4255-8caf-4136c566a962"),
          std::move(payload),
          7,
          1,
          1};
}

TEST(AuditOf, TellsWhoModeratedWhom) {
  const auto muted =
      audit_of(event("chat:moderated", R"({"by":"u1","action":"mute","targetUserId":"u2"})"));
  ASSERT_TRUE(muted);
  EXPECT_EQ(muted->type, "moderate.mute");
  EXPECT_EQ(muted->actor, "u1");
  EXPECT_EQ(muted->subject, "u2");
  EXPECT_EQ(muted->at, 7);
  EXPECT_EQ(muted->detail, "room=3b241101-e2bb-4255-8caf-4136c566a962");
}

TEST(AuditOf, TellsWhoIsCoHostAndNotHowARoomIsCalled) {
  const auto hosts = audit_of(event("room:configured", R"({"by":"u1","coHosts":["u2"]})"));
  ASSERT_TRUE(hosts);
  EXPECT_EQ(hosts->type, "room.co_hosts");
  EXPECT_EQ(hosts->detail, "room=3b241101-e2bb-4255-8caf-4136c566a962 coHosts=[\"u2\"]");
  EXPECT_FALSE(audit_of(event("room:configured", R"({"by":"u1","name":"Algebra"})")));
  EXPECT_FALSE(audit_of(event("chat:message_posted", "{}")));
}

}  // namespace
}  // namespace lectern::app
