#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "app/request.h"
#include "gate/own_events.h"
#include "gate/policy.h"

namespace lectern::app {

// The checks that need no room, at the home shard of a user: the event's name, limits of the user,
// then the permission, then the payload, which comes out cleaned. Their order is part of the
// protocol (docs/protocol.md, "Order of checks"). Pure; one thread.
class HomeGate {
 public:
  explicit HomeGate(const std::vector<gate::Rule>& rules) : limits_(rules, gate::Scope::user) {}

  // Nullopt: `request.parsed` is set. Else why not; the request was counted all the same, unless
  // it was refused for a limit.
  std::optional<Failure> admit(Request& request, TimeMs now);

  void replace_rules(const std::vector<gate::Rule>& rules) { limits_.replace_rules(rules); }
  // Null: there are none.
  void replace_own_events(std::shared_ptr<const gate::OwnEvents> own) { own_ = std::move(own); }
  void sweep(TimeMs now) { limits_.sweep(now); }
  std::size_t keys() const { return limits_.keys(); }

 private:
  gate::ScopeLimits limits_;
  std::shared_ptr<const gate::OwnEvents> own_;
};

}  // namespace lectern::app
