#include "app/reload.h"

#include <gmock/gmock.h>

namespace lectern::app {
namespace {

using testing::ElementsAre;

TEST(Differences, AreNamedInTheOrderOfTheConfiguration) {
  const Config from;
  EXPECT_THAT(differences(from, from), ElementsAre());
  Config to;
  to.log.level = Level::debug;
  to.server.tls_cert = "x";
  to.server.listen[0].port = 1;
  to.roles = {{"student", {"chat:read"}}, {"guest", {}}};
  to.auth.refresh_secret = "another secret";
  to.limits[2].max = 7;
  to.limits.push_back({"mine", gate::Scope::user, 1000, 1, {"x"}});
  EXPECT_THAT(
      differences(from, to),
      ElementsAre("server.listen", "server.tls_cert", "log.level", "roles.student", "roles.guest",
                  "limits.user_messages", "limits.mine", "JWT_REFRESH_SECRET"));
  EXPECT_THAT(
      differences(to, from),
      ElementsAre("server.listen", "server.tls_cert", "log.level", "roles.student", "roles.guest",
                  "limits.user_messages", "limits.mine", "JWT_REFRESH_SECRET"));
}

}  // namespace
}  // namespace lectern::app
