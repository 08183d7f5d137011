#include "app/connection_list.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/failure.h"
#include "app/http_target.h"
#include "app/session.h"

namespace lectern::app {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

// "1.4711": the shard and the serial of the last connection of the page before.
std::optional<SocketRef> read_cursor(std::string_view text) {
  SocketRef after;
  const auto dot = text.find('.');
  if (dot == text.npos || !read_number(text.substr(0, dot), after.shard) ||
      !read_number(text.substr(dot + 1), after.serial)) {
    return std::nullopt;
  }
  return after;
}

HttpResponse mistake(const std::string& field, const std::string& must) {
  return error_response(invalid(field, "Validation error: " + field + " must be " + must));
}

}  // namespace

// One page on its way from shard to shard.
struct ConnectionList::Listing {
  SocketRef after;
  std::size_t limit = kPage;
  boost::json::array connections;
  HttpReply reply;
};

void ConnectionList::list(const HttpRequest& request, HttpReply reply) const {
  auto listing = std::make_shared<Listing>();
  if (const auto limit = query_parameter(request.query, "limit")) {
    if (!read_number(*limit, listing->limit) || listing->limit < 1 ||
        listing->limit > kMostPerPage) {
      return reply(mistake("limit", "between 1 and 1000"));
    }
  }
  if (const auto cursor = query_parameter(request.query, "cursor")) {
    const auto after = read_cursor(*cursor);
    if (!after || after->shard >= environment_.server.shards()) {
      return reply(mistake("cursor", "the next of another page"));
    }
    listing->after = *after;
  }
  listing->reply = std::move(reply);
  const auto first = listing->after.shard;
  environment_.server.run_on(first, [this, first, listing] { list_on(first, listing); });
}

void ConnectionList::list_on(unsigned shard, const std::shared_ptr<Listing>& listing) const {
  const auto behind = shard == listing->after.shard ? listing->after.serial : 0;
  for (const auto ref : live_.after(shard, behind, listing->limit - listing->connections.size())) {
    environment_.server.with_socket(ref, [this, &listing](Socket& socket) {
      listing->connections.push_back(describe(socket));
    });
    listing->after = ref;
  }
  boost::json::value next;
  if (listing->connections.size() < listing->limit) {
    const auto following = shard + 1;
    if (following < environment_.server.shards()) {
      return environment_.server.run_on(
          following, [this, following, listing] { list_on(following, listing); });
    }
  } else {
    next = std::to_string(listing->after.shard) + "." + std::to_string(listing->after.serial);
  }
  listing->reply(json_response(
      200, {{"connections", std::move(listing->connections)}, {"next", std::move(next)}}));
}

boost::json::object ConnectionList::describe(Socket& socket) const {
  const auto& session = session_of(socket);
  const auto traffic = socket.traffic();
  const auto& engine = environment_.config.engine;
  const auto silent_ms = environment_.clock.now() - traffic.last_activity;
  boost::json::array rooms;
  for (const auto& room : session.rooms) rooms.emplace_back(room.to_string());
  return {{"id", socket.id()},
          {"userId", session.caller->claims.user_id},
          {"username", session.caller->claims.username},
          {"role", session.caller->claims.role},
          {"connectedAt", traffic.connected_at},
          {"lastActivity", traffic.last_activity},
          {"healthy", silent_ms <= engine.ping_interval_ms + engine.ping_timeout_ms / 2},
          {"transport", socket.websocket() ? "websocket" : "polling"},
          {"address", socket.handshake().address},
          {"messagesIn", traffic.messages_in},
          {"messagesOut", traffic.messages_out},
          {"bytesIn", traffic.bytes_in},
          {"bytesOut", traffic.bytes_out},
          {"rooms", std::move(rooms)}};
}

void ConnectionList::close(const std::string& id, HttpReply reply) const {
  // Every socket is in a room of its own name.
  environment_.server.broadcast("/").to(id).local().fetch_sockets(
      [this, id, reply = std::move(reply)](const FoundSockets& found) mutable {
        const auto socket = std::find_if(found.sockets.begin(), found.sockets.end(),
                                         [&](const auto& one) { return one.id == id; });
        if (socket == found.sockets.end()) {
          return reply(error_response(not_found("There is no such connection")));
        }
        environment_.server.with_socket(socket->ref, [](Socket& live) {
          close_for_good(live, {"FORBIDDEN", "The operator has closed the connection"});
        });
        environment_.sink.write(Level::info, "connection closed by the operator id=" + id);
        reply(HttpResponse{204, {}, {}, {}});
      });
}

}  // namespace lectern::app
