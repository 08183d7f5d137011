#include "identity/permissions.h"

#include "identity/permission_table.h"
#include "identity/roles.h"

namespace lectern::identity {
namespace {

// The first segment of a path, and the path without it; "/a/b" gives "/a".
std::string_view take_segment(std::string_view& path) {
  const auto slash = path.find('/', 1);
  const auto segment = path.substr(0, slash);
  path = slash == path.npos ? std::string_view() : path.substr(slash);
  return segment;
}

bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_segment(pattern);
    const auto given = take_segment(path);
    if (wanted.starts_with("/{") ? given.size() < 2 : given != wanted) return false;
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::span<const EventRow> event_rows() { return kEventRows; }
std::span<const RouteRow> route_rows() { return kRouteRows; }

std::optional<Requirement> requirement_of_event(std::string_view event, std::string_view action) {
  const bool has_actions = event == "user:action" || event == "chat:moderate";
  std::optional<Requirement> without_action;
  for (const auto& row : kEventRows) {
    if (row.event != event) continue;
    if (has_actions && !row.action.empty() && row.action == action) return row.requirement;
    if (row.action.empty()) without_action = row.requirement;
  }
  return without_action;
}

std::optional<Requirement> requirement_of_route(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  for (const auto& row : kRouteRows) {
    if (row.method == method && matches(row.path, path)) return row.requirement;
  }
  return std::nullopt;
}

bool satisfies(const Requirement& requirement, std::span<const std::string> held) {
  if (requirement.access != Access::permission) return requirement.access != Access::internal;
  return grants(held, requirement.permission) &&
         (requirement.also.empty() || grants(held, requirement.also));
}

std::string_view denial_message(const Requirement& requirement) {
  if (requirement.permission == "chat:moderate") return "Insufficient permissions for moderation";
  if (requirement.permission == "quiz:start") return "Only instructors can start quizzes";
  return "Insufficient permissions";
}

}  // namespace lectern::identity
