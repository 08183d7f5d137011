#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <lectern/server.h>
#include <lectern/socket.h>
#include <lectern/typed.h>
#include <lectern/unique_function.h>

namespace lectern {

/// Why an event was refused, as its sender is told.
struct EventError {
  std::string type;     ///< for programs: "VALIDATION_ERROR"
  std::string message;  ///< for people
  std::string field;    ///< where in the payload, dotted; "": the whole of it, or not the payload
};

/// Looks at an event before its handler does; nullopt lets it pass. What it moves from `event.args`
/// is gone.
using EventMiddleware = UniqueFunction<std::optional<EventError>(Socket&, Event&)>;

/// Tells the sender that its event was refused.
using RefusalHandler = UniqueFunction<void(Socket&, Event&, const EventError&)>;

/// What is done with refused events by default. Acknowledges with
/// `{"ok": false, "error": {"type": …, "message": …, "field": …}}` when the client asked for an
/// acknowledgement, else emits the event "error" with the inner object. No `field` when it is "".
void answer_refusal(Socket& socket, Event& event, const EventError& error);

/// Finds the handler of an event by its name; for Namespace::on_event:
/// @code
/// lectern::Events events;
/// events.on<Move>("move", [](lectern::Socket& socket, const Move& move) { return Score{…}; });
/// server.of("/").on_event = std::move(events);
/// @endcode
///
/// The way of an event: on_any() → use() → on(), or otherwise(). What use() or the type of the
/// payload refuses goes to on_refused() instead.
///
/// Threads: fill it before Server::start(). Handlers run on the socket's shard, on several shards
/// at once, so what they capture must be safe to share. A value that can be moved; to give it to
/// several namespaces, let each call it by reference.
class Events {
 public:
  /// Sets the handler of a name; the last one counts. Gets the arguments as they came.
  Events& on(std::string_view name, EventHandler handler);

  /// The same for a payload of type T (see Described), the first argument; others are ignored.
  /// `handler` takes (Socket&, T) or (Socket&, T, Ack). What it returns, unless void, is written by
  /// to_arguments() and acknowledges. A payload that is no T is refused as "VALIDATION_ERROR", and
  /// the handler does not run.
  template <class T, class Handler>
  Events& on(std::string_view name, Handler handler) {
    return add(name, [handler = std::move(handler)](Socket& socket, Event& event) mutable {
      return run<T>(handler, socket, event);
    });
  }

  /// Adds a check of every event, in the order of the calls; the first refusal ends it. Socket.IO
  /// for Node.js has it as `socket.use`; here it answers at once.
  Events& use(EventMiddleware middleware);

  /// Adds a handler that sees every event, before all checks.
  Events& on_any(EventHandler handler);

  /// Sets the handler of the names that have none. Without it such an event is ignored, and not
  /// acknowledged.
  Events& otherwise(EventHandler handler);

  /// Sets what is done with a refused event, instead of answer_refusal().
  Events& on_refused(RefusalHandler handler);

  /// Takes one event.
  void operator()(Socket& socket, Event& event);

 private:
  template <class T, class Handler>
  static std::optional<EventError> run(Handler& handler, Socket& socket, Event& event);
  static EventError refusal_of(const Mismatch& mismatch);
  Events& add(std::string_view name, EventMiddleware handler);

  std::vector<EventHandler> any_;
  std::vector<EventMiddleware> middleware_;
  std::map<std::string, EventMiddleware, std::less<>> handlers_;
  EventHandler otherwise_;
  RefusalHandler on_refused_ = answer_refusal;
};

template <class T, class Handler>
std::optional<EventError> Events::run(Handler& handler, Socket& socket, Event& event) {
  const Ack ack = event.ack;
  Parsed<T> payload = event.args.empty() ? Parsed<T>(boost::system::in_place_error,
                                                     Mismatch{"", "the payload is missing"})
                                         : from_json<T>(event.args.front(), event.attachments);
  if (!payload) return refusal_of(payload.error());
  const auto call = [&]() -> decltype(auto) {
    if constexpr (std::is_invocable_v<Handler&, Socket&, T, Ack>) {
      return handler(socket, std::move(*payload), ack);
    } else {
      return handler(socket, std::move(*payload));
    }
  };
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
  } else {
    ack.reply(to_arguments(call()));
  }
  return std::nullopt;
}

}  // namespace lectern
