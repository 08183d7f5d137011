#include <lectern/events.h>

#include <boost/json/object.hpp>

namespace lectern {

void answer_refusal(Socket& socket, Event& event, const EventError& error) {
  boost::json::object object{{"type", error.type}, {"message", error.message}};
  if (!error.field.empty()) object["field"] = error.field;
  if (event.ack.requested()) {
    event.ack({{"ok", false}, {"error", std::move(object)}});
  } else {
    socket.emit("error", object);
  }
}

Events& Events::on(std::string_view name, EventHandler handler) {
  return add(name, [handler = std::move(handler)](Socket& socket, Event& event) mutable {
    handler(socket, event);
    return std::optional<EventError>();
  });
}

Events& Events::use(EventMiddleware middleware) {
  middleware_.push_back(std::move(middleware));
  return *this;
}

Events& Events::on_any(EventHandler handler) {
  any_.push_back(std::move(handler));
  return *this;
}

Events& Events::otherwise(EventHandler handler) {
  otherwise_ = std::move(handler);
  return *this;
}

Events& Events::on_refused(RefusalHandler handler) {
  on_refused_ = std::move(handler);
  return *this;
}

void Events::operator()(Socket& socket, Event& event) {
  for (auto& handler : any_) handler(socket, event);
  for (auto& check : middleware_) {
    if (const auto error = check(socket, event)) return on_refused_(socket, event, *error);
  }
  if (const auto found = handlers_.find(event.name); found != handlers_.end()) {
    if (const auto error = found->second(socket, event)) on_refused_(socket, event, *error);
  } else if (otherwise_) {
    otherwise_(socket, event);
  }
}

EventError Events::refusal_of(const Mismatch& mismatch) {
  return {"VALIDATION_ERROR", mismatch.message, mismatch.field};
}

Events& Events::add(std::string_view name, EventMiddleware handler) {
  handlers_.insert_or_assign(std::string(name), std::move(handler));
  return *this;
}

}  // namespace lectern
