#pragma once

#include "app/live_room.h"
#include "app/request.h"
#include "classroom/effect.h"

namespace lectern::app {

inline constexpr std::string_view kAdminRole = "admin";

// The caller as the classroom knows them, in no room.
inline classroom::Actor actor_of(const Caller& caller) {
  return {caller.claims.user_id, caller.claims.username, caller.claims.role == kAdminRole, false};
}

// Whether somebody who was in the room is a host of it.
inline bool is_host_user(const LiveRoom& room, const std::string& user_id) {
  const auto known = room.known.find(user_id);
  const bool admin = known != room.known.end() && known->second.admin;
  return classroom::is_host(room.state.committed(), {user_id, {}, admin, true});
}

}  // namespace lectern::app
