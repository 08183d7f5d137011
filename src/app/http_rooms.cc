// The routes below /api: rooms, quizzes and events.

#include <charconv>
#include <exception>
#include <optional>
#include <utility>

#include <boost/json/parse.hpp>

#include "app/classroom_shard.h"
#include "app/event_json.h"
#include "app/http_api.h"
#include "app/http_target.h"
#include "gate/fields.h"

namespace lectern::app {
namespace {

constexpr std::size_t kEventsPerPage = 1000;
constexpr std::int64_t kAuditPage = 100;
constexpr std::int64_t kMaxAuditPage = 1000;

HttpResponse rendered(const Outcome& outcome, int status = 200) {
  if (const auto* failure = std::get_if<Failure>(&outcome)) return error_response(*failure);
  return json_response(status, std::get<boost::json::object>(outcome));
}

HttpResponse no_content() { return {204, {{"Cache-Control", "no-store"}}, {}, {}}; }

// A number of the query, as it goes into a payload: what is no number stays text, and the schema
// refuses it.
void add_number(boost::json::object& payload, const HttpRequest& request, std::string_view name) {
  const auto text = query_parameter(request.query, name);
  if (!text) return;
  std::int64_t number = 0;
  const auto* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec == std::errc{} && parsed.ptr == end) {
    payload[name] = number;
  } else {
    payload[name] = *text;
  }
}

HttpResponse events_response(const std::vector<events::DomainEvent>& read) {
  boost::json::array events;
  for (const auto& event : read) events.push_back(event_object(event));
  boost::json::object answer{{"events", std::move(events)}, {"next", nullptr}};
  if (read.size() == kEventsPerPage) answer["next"] = read.back().version + 1;
  return json_response(200, answer);
}

// Names that mean something to every Socket.IO client.
bool may_be_emitted(std::string_view event) {
  for (const std::string_view reserved : {"connect", "connect_error", "disconnect", "disconnecting",
                                          "newListener", "removeListener"}) {
    if (event == reserved) return false;
  }
  return true;
}

}  // namespace

void HttpApi::submit(Call call, std::string_view event, boost::json::object payload,
                     Render render) {
  auto& counters = parts_.environment.counters;
  auto request = std::make_shared<Request>();
  request->event = find_event(event)->name;
  request->payload = std::move(payload);
  request->caller = std::move(call.caller);
  request->over_http = true;
  request->received_at = parts_.environment.clock.now();
  if (parts_.environment.shared_limits.any()) {
    request->address = limit_key_of(
        parts_.callers.address_of(call.request.address, call.request.header("x-forwarded-for")));
  }
  request->reply = [reply = std::move(call.reply), render = std::move(render),
                    &counters](Outcome outcome) mutable {
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      counters.refused(*failure);
      return reply(error_response(*failure));
    }
    render(std::move(std::get<boost::json::object>(outcome)), std::move(reply));
  };
  counters.received(event);
  parts_.pipeline.submit(request);
}

std::optional<boost::json::object> HttpApi::take_body(Call& call) {
  auto body = body_object(call.request);
  if (const auto* failure = std::get_if<HttpFailure>(&body)) {
    call.reply(error_response(*failure));
    return std::nullopt;
  }
  return std::move(std::get<boost::json::object>(body));
}

std::optional<Uuid> HttpApi::take_id(Call& call) {
  const auto id = Uuid::parse(call.parameters.at(0));
  if (!id) call.reply(error_response(not_found("There is nothing with this id")));
  return id;
}

void HttpApi::create_room(Call call) {
  auto body = take_body(call);
  if (!body) return;
  const auto caller = call.caller;
  submit(std::move(call), "room:create", std::move(*body),
         [this, caller](const boost::json::object& created, HttpReply reply) {
           show(*caller, *Uuid::parse(created.at("roomId").as_string()), 201, std::move(reply));
         });
}

void HttpApi::show(const Caller& caller, const Uuid& room, int status, HttpReply reply) {
  parts_.pipeline.ask(room, std::move(reply), [caller, room, status](ClassroomShard& shard) {
    return rendered(shard.show_room(caller, room), status);
  });
}

void HttpApi::configure_room(Call call) {
  const auto id = take_id(call);
  auto body = id ? take_body(call) : std::nullopt;
  if (!body) return;
  (*body)["roomId"] = id->to_string();
  const auto caller = call.caller;
  submit(std::move(call), "room:configure", std::move(*body),
         [this, caller, id = *id](const boost::json::object&, HttpReply reply) {
           show(*caller, id, 200, std::move(reply));
         });
}

void HttpApi::close_room(Call call) {
  const auto id = take_id(call);
  if (!id) return;
  submit(std::move(call), "room:close", {{"roomId", id->to_string()}},
         [](const boost::json::object&, HttpReply reply) { reply(no_content()); });
}

void HttpApi::show_room(Call call) {
  if (const auto id = take_id(call)) show(*call.caller, *id, 200, std::move(call.reply));
}

void HttpApi::list_rooms(Call call) {
  parts_.pipeline.ask_all("rooms", std::move(call.reply),
                          [caller = call.caller](ClassroomShard& shard, boost::json::array& rooms) {
                            shard.list_rooms(*caller, rooms);
                          });
}

void HttpApi::list_messages(Call call) {
  const auto id = take_id(call);
  if (!id) return;
  boost::json::object payload{{"roomId", id->to_string()}};
  for (const std::string_view name : {"before", "after", "limit"}) {
    add_number(payload, call.request, name);
  }
  submit(std::move(call), "chat:history", std::move(payload),
         [](const boost::json::object& page, HttpReply reply) { reply(json_response(200, page)); });
}

void HttpApi::emit(Call call) {
  const auto id = take_id(call);
  auto body = id ? take_body(call) : std::nullopt;
  if (!body) return;
  std::optional<gate::ValidationError> error;
  gate::Fields fields(*body, "", error);
  auto event = fields.string("event", {1, 128});
  const auto* data = fields.find("data");
  fields.finish();
  if (!error && !may_be_emitted(event)) {
    error = gate::ValidationError{"event", "Validation error: event is a reserved name"};
  }
  if (error) return call.reply(error_response(failure_of(*error)));
  parts_.pipeline.ask(
      *id, std::move(call.reply),
      [id = *id, event = std::move(event),
       data = data ? *data : boost::json::value(boost::json::object{}),
       key = std::string(call.request.header("idempotency-key"))](ClassroomShard& shard) {
        return rendered(shard.emit(id, event, data, key));
      });
}

void HttpApi::create_quiz(Call call) {
  auto body = take_body(call);
  if (!body) return;
  submit(std::move(call), "quiz:create", std::move(*body),
         [](const boost::json::object& created, HttpReply reply) {
           reply(json_response(201, created));
         });
}

void HttpApi::list_quizzes(Call call) {
  const auto room = query_parameter(call.request.query, "roomId");
  const auto only = room ? std::optional(Uuid::parse(*room).value_or(Uuid{})) : std::nullopt;
  parts_.pipeline.ask_all(
      "quizzes", std::move(call.reply),
      [caller = call.caller, only](ClassroomShard& shard, boost::json::array& quizzes) {
        shard.list_quizzes(*caller, only, quizzes);
      });
}

void HttpApi::show_quiz(Call call) {
  const auto id = take_id(call);
  if (!id) return;
  parts_.pipeline.ask(*id, std::move(call.reply),
                      [caller = call.caller, id = *id](ClassroomShard& shard) {
                        return rendered(shard.show_quiz(*caller, id));
                      });
}

void HttpApi::show_results(Call call) {
  const auto id = take_id(call);
  if (!id) return;
  const auto format = query_parameter(call.request.query, "format").value_or("json");
  if (format != "json" && format != "csv") {
    return call.reply(
        error_response(invalid("format", "Validation error: format must be json or csv")));
  }
  parts_.pipeline.ask(*id, std::move(call.reply),
                      [caller = call.caller, id = *id, csv = format == "csv"](
                          ClassroomShard& shard) { return shard.show_results(*caller, id, csv); });
}

void HttpApi::list_audit(Call call) {
  boost::json::object query;
  add_number(query, call.request, "before");
  add_number(query, call.request, "limit");
  std::optional<gate::ValidationError> error;
  gate::Fields fields(query, "", error);
  const auto before = fields.optional_integer("before", 0, gate::kMaxSafeInteger);
  const auto limit = fields.optional_integer("limit", 1, kMaxAuditPage).value_or(kAuditPage);
  if (error) return call.reply(error_response(failure_of(*error)));
  parts_.auth.list_audit(before, static_cast<std::size_t>(limit), std::move(call.reply));
}

void HttpApi::list_events(Call call) {
  const auto id = take_id(call);
  if (!id) return;
  boost::json::object query;
  add_number(query, call.request, "from");
  std::optional<gate::ValidationError> error;
  gate::Fields fields(query, "", error);
  const auto from = fields.optional_integer("from", 0, gate::kMaxSafeInteger).value_or(1);
  if (error) return call.reply(error_response(failure_of(*error)));
  const auto reply = std::make_shared<HttpReply>(std::move(call.reply));
  const bool taken = parts_.pool.submit([&log = parts_.environment.log, id = *id, from, reply] {
    HttpResponse response;
    try {
      response = events_response(log.read(id, static_cast<std::uint64_t>(from), kEventsPerPage));
    } catch (const std::exception&) {
      response = error_response(internal_failure());
    }
    (*reply)(std::move(response));
  });
  if (!taken) (*reply)(error_response(busy()));
}

}  // namespace lectern::app
