#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <lectern/client.h>

namespace lectern::client {

// A handler that may replace or remove itself while it runs. On the client's thread.
template <class Signature>
class Slot;

template <class... Args>
class Slot<void(Args...)> {
 public:
  void set(UniqueFunction<void(Args...)> handler) {
    handler_ = std::make_shared<UniqueFunction<void(Args...)>>(std::move(handler));
  }
  void operator()(Args... args) const {
    const auto kept = handler_;
    if (kept && *kept) (*kept)(std::forward<Args>(args)...);
  }

 private:
  std::shared_ptr<UniqueFunction<void(Args...)>> handler_;
};

// The handlers of one socket's events. They may add and remove handlers while they run; that counts
// from the next event on. On the client's thread.
class EventHandlers {
 public:
  using Handler = ClientSocket::EventHandler;

  void on(const std::string& event, Handler handler) {
    named_[event].push_back(std::make_shared<Handler>(std::move(handler)));
  }
  void on_any(Handler handler) { any_.push_back(std::make_shared<Handler>(std::move(handler))); }
  void off(const std::string& event) { named_.erase(event); }

  void dispatch(const ClientEvent& event) const {
    List list = any_;
    const auto named = named_.find(std::string(event.name));
    if (named != named_.end()) list.insert(list.end(), named->second.begin(), named->second.end());
    for (const auto& handler : list) (*handler)(event);
  }

 private:
  using List = std::vector<std::shared_ptr<Handler>>;

  List any_;
  std::unordered_map<std::string, List> named_;
};

}  // namespace lectern::client
