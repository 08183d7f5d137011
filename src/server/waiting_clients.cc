#include "server/waiting_clients.h"

#include <cassert>

namespace lectern::server {

bool WaitingClients::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (all_ >= max_) return false;
  const auto [found, added] = by_address_.try_emplace(address, 0);
  if (found->second >= max_per_address_ && !address.empty()) return false;
  ++found->second;
  ++all_;
  return true;
}

void WaitingClients::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(address);
  assert(found != by_address_.end());
  if (--found->second == 0) by_address_.erase(found);
  --all_;
}

}  // namespace lectern::server
