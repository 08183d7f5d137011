#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::identity {

// Permissions are "resource:action"; what is held may have `*` for either half. Z1, Z5.

// "chat:read", "chat:*", "*:*": two parts of [a-z0-9_-] or `*`, at most 64 bytes each.
bool is_permission(std::string_view text);

// Whether one of `held` covers `permission`. Z5.
bool grants(std::span<const std::string> held, std::string_view permission);

// The roles student, instructor and admin, and what a configuration changed or added. Z2–Z5.
// Immutable once shared; any thread.
class Roles {
 public:
  Roles();

  // Replaces a role whole, or adds one.
  void set(std::string name, std::vector<std::string> permissions);

  bool known(std::string_view role) const { return permissions_of(role) != nullptr; }
  // Null for an unknown role, which may nothing.
  const std::vector<std::string>* permissions_of(std::string_view role) const;
  std::vector<std::string> names() const;

  // What somebody holds: the permissions in the token when there are any, else those of the role.
  std::vector<std::string> effective(std::string_view role,
                                     const std::vector<std::string>& in_token) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> roles_;
};

// user:mute and user:kick (and the chat:moderate that they come with) against a person: whoever
// holds `*:*` may always, others never against an admin or somebody whose role is unknown. Z3, D52.
// `target_role` is what the server looked up itself.
bool may_act_on(std::span<const std::string> held, std::optional<std::string_view> target_role);

}  // namespace lectern::identity
