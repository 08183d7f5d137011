#include "app/callers.h"

#include "app/live_sockets.h"
#include "gate/sanitiser.h"

namespace lectern::app {

identity::Result<std::shared_ptr<const Caller>> Callers::identify(std::string_view token) const {
  auto identity = authenticator_.authenticate(token, wall_clock());
  if (!identity) return identity.error();
  auto caller = std::make_shared<Caller>();
  caller->claims = std::move(identity->claims);
  caller->permissions = std::move(identity->permissions);
  auto& name = caller->claims.username;
  name = gate::clean_name(name, kMaxUserName);
  if (name.empty()) name = gate::clean_name(caller->claims.user_id, kMaxUserName);
  return std::shared_ptr<const Caller>(std::move(caller));
}

}  // namespace lectern::app
