#include "identity/roles.h"

#include <gtest/gtest.h>

namespace lectern::identity {
namespace {

bool may(const Roles& roles, std::string_view role, std::string_view permission) {
  return grants(roles.effective(role, {}), permission);
}

// Z2.
TEST(Roles, AStudentChatsAnswersAndMoves) {
  const Roles roles;
  for (const char* permission : {"chat:read", "chat:write", "quiz:participate",
                                 "quiz:submit_answer", "room:join", "room:leave"}) {
    EXPECT_TRUE(may(roles, "student", permission)) << permission;
  }
  for (const char* permission :
       {"chat:moderate", "quiz:create", "quiz:start", "quiz:manage", "room:create", "room:manage",
        "user:mute", "user:kick", "user:revoke", "events:read", "room:emit"}) {
    EXPECT_FALSE(may(roles, "student", permission)) << permission;
  }
}

// Z3, D50.
TEST(Roles, AnInstructorTeachesAndSeesTheClass) {
  const Roles roles;
  for (const char* permission :
       {"chat:read", "chat:write", "chat:moderate", "quiz:create", "quiz:start", "quiz:manage",
        "room:create", "room:manage", "room:join", "room:leave", "user:mute", "user:kick"}) {
    EXPECT_TRUE(may(roles, "instructor", permission)) << permission;
  }
  for (const char* permission :
       {"quiz:submit_answer", "quiz:participate", "user:revoke", "events:read", "room:emit"}) {
    EXPECT_FALSE(may(roles, "instructor", permission)) << permission;
  }
}

// Z4.
TEST(Roles, AnAdministratorMayEverything) {
  const Roles roles;
  EXPECT_TRUE(may(roles, "admin", "user:revoke"));
  EXPECT_TRUE(may(roles, "admin", "whatever:comes"));
}

// Z5.
TEST(Roles, AnUnknownRoleMayNothing) {
  const Roles roles;
  EXPECT_FALSE(roles.known("teacher"));
  EXPECT_FALSE(may(roles, "teacher", "chat:read"));
  EXPECT_FALSE(may(roles, "", "chat:read"));
  EXPECT_FALSE(may(roles, "Admin", "chat:read"));
}

TEST(Roles, AConfigurationReplacesARoleWhole) {
  Roles roles;
  roles.set("student", {"chat:read"});
  roles.set("observer", {"chat:read", "quiz:*"});
  EXPECT_FALSE(may(roles, "student", "chat:write"));
  EXPECT_TRUE(may(roles, "observer", "quiz:start"));
  EXPECT_EQ(roles.names(),
            (std::vector<std::string>{"student", "instructor", "admin", "observer"}));
}

// D53.
TEST(Roles, PermissionsInATokenReplaceThoseOfTheRole) {
  const Roles roles;
  const auto held = roles.effective("admin", {"chat:read"});
  EXPECT_TRUE(grants(held, "chat:read"));
  EXPECT_FALSE(grants(held, "chat:write"));
  EXPECT_TRUE(grants(roles.effective("unknown", {"chat:read"}), "chat:read"));
}

TEST(Grants, AWildcardCoversItsHalf) {
  const std::vector<std::string> held{"chat:*", "*:read"};
  EXPECT_TRUE(grants(held, "chat:moderate"));
  EXPECT_TRUE(grants(held, "events:read"));
  EXPECT_FALSE(grants(held, "quiz:start"));
  EXPECT_FALSE(grants(held, "chat"));
  EXPECT_FALSE(grants(std::vector<std::string>{"chat", "*", ""}, "chat:read"));
  EXPECT_FALSE(grants(std::vector<std::string>{"chat:re"}, "chat:read"));
  EXPECT_FALSE(grants({}, "chat:read"));
}

TEST(Permission, HasTwoParts) {
  for (const char* good : {"chat:read", "*:*", "chat:*", "my-app:do_2"}) {
    EXPECT_TRUE(is_permission(good)) << good;
  }
  for (const char* bad :
       {"", "chat", ":", "chat:", ":read", "chat:read:x", "Chat:read", "ch*:read", "chat: read"}) {
    EXPECT_FALSE(is_permission(bad)) << bad;
  }
}

// Z3, D52: the target's role is looked up by the server, and unknown means no.
TEST(MayActOn, ProtectsAdministratorsAndFailsClosed) {
  const Roles roles;
  const auto instructor = roles.effective("instructor", {});
  const auto admin = roles.effective("admin", {});
  EXPECT_TRUE(may_act_on(instructor, "student"));
  EXPECT_FALSE(may_act_on(instructor, "admin"));
  EXPECT_FALSE(may_act_on(instructor, std::nullopt));
  EXPECT_FALSE(may_act_on(instructor, ""));
  EXPECT_TRUE(may_act_on(admin, "admin"));
  EXPECT_TRUE(may_act_on(admin, std::nullopt));
}

}  // namespace
}  // namespace lectern::identity
