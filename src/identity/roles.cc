#include "identity/roles.h"

#include <algorithm>

namespace lectern::identity {
namespace {

constexpr std::size_t kMaxPart = 64;

bool is_part(std::string_view part) {
  if (part == "*") return true;
  return !part.empty() && part.size() <= kMaxPart &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

bool covers(std::string_view held, std::string_view wanted) {
  return held == "*" || held == wanted;
}

}  // namespace

bool is_permission(std::string_view text) {
  const auto colon = text.find(':');
  return colon != text.npos && is_part(text.substr(0, colon)) && is_part(text.substr(colon + 1));
}

bool grants(std::span<const std::string> held, std::string_view permission) {
  const auto colon = permission.find(':');
  if (colon == permission.npos) return false;
  return std::any_of(held.begin(), held.end(), [&](std::string_view one) {
    const auto at = one.find(':');
    return at != one.npos && covers(one.substr(0, at), permission.substr(0, colon)) &&
           covers(one.substr(at + 1), permission.substr(colon + 1));
  });
}

// D50: instructors enter and leave rooms, so that they see their own class.
Roles::Roles()
    : roles_{
          {"student",
           {"chat:read", "chat:write", "quiz:participate", "quiz:submit_answer", "room:join",
            "room:leave"}},
          {"instructor",
           {"chat:read", "chat:write", "chat:moderate", "quiz:create", "quiz:start", "quiz:manage",
            "room:create", "room:manage", "room:join", "room:leave", "user:mute", "user:kick"}},
          {"admin", {"*:*"}}} {}

void Roles::set(std::string name, std::vector<std::string> permissions) {
  for (auto& [known, held] : roles_) {
    if (known == name) {
      held = std::move(permissions);
      return;
    }
  }
  roles_.emplace_back(std::move(name), std::move(permissions));
}

const std::vector<std::string>* Roles::permissions_of(std::string_view role) const {
  for (const auto& [name, permissions] : roles_) {
    if (name == role) return &permissions;
  }
  return nullptr;
}

std::vector<std::string> Roles::names() const {
  std::vector<std::string> names;
  for (const auto& role : roles_) names.push_back(role.first);
  return names;
}

std::vector<std::string> Roles::effective(std::string_view role,
                                          const std::vector<std::string>& in_token) const {
  if (!in_token.empty()) return in_token;
  const auto* permissions = permissions_of(role);
  return permissions == nullptr ? std::vector<std::string>{} : *permissions;
}

bool may_act_on(std::span<const std::string> held, std::optional<std::string_view> target_role) {
  if (std::find(held.begin(), held.end(), "*:*") != held.end()) return true;
  return target_role && !target_role->empty() && *target_role != "admin";
}

}  // namespace lectern::identity
