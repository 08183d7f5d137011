#include "server/cluster_inbox.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <lectern/log_sink.h>

#include "server/asking.h"
#include "server/gathering.h"
#include "server/open_requests.h"
#include "server/remote_socket.h"
#include "server/server_core.h"
#include "server/server_socket.h"
#include "server/shard.h"

namespace lectern::server {
namespace {

namespace json = boost::json;
using redis::RequestType;

Selection selection_of(const std::string& nsp, redis::Target to) {
  return {nsp, std::move(to.rooms), std::move(to.except), {}};
}

// Old nodes name one socket, whose id is a room.
Selection selection_of(const std::string& nsp, redis::Request& request) {
  if (request.sid) return {nsp, {*request.sid}, {}, {}};
  return selection_of(nsp, std::move(request.to));
}

}  // namespace

// The acknowledgements that the clients of this node give to the question of another one.
class ClusterInbox::Question {
 public:
  Question(ClusterInbox& inbox, std::string channel, std::string id, unsigned shards)
      : inbox_(inbox), channel_(std::move(channel)), id_(std::move(id)), shards_(shards) {}

  void asked(std::size_t sockets) {
    clients_ += sockets;
    if (--shards_ == 0) inbox_.answer(channel_, redis::encode_client_count(id_, clients_));
  }
  // Who is silent is missed by the node that asked, when its time is over.
  void answered(const Result<Arguments>& answer) {
    if (answer) inbox_.answer(channel_, redis::encode_client_answer(id_, *answer));
  }

 private:
  ClusterInbox& inbox_;
  const std::string channel_;
  const std::string id_;
  unsigned shards_;  // that have not asked yet
  std::size_t clients_ = 0;
};

template <class T>
bool ClusterInbox::accepts(const Result<T>& read) {
  if (!read) {
    counters_.malformed.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  for (unsigned i = 0; i < core_.shards(); ++i) {
    if (core_.shard(i).loop().mailbox_size() <= Server::kMaxMailbox) continue;
    counters_.dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  counters_.in.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void ClusterInbox::on_broadcast(const std::string& nsp, std::string_view message) {
  if (redis::is_broadcast_of(uid_, message)) return;
  auto read = redis::decode_broadcast(message);
  if (read && read->nsp != nsp) return;
  if (!accepts(read)) return;
  auto delivery = std::make_shared<Delivery>();
  delivery->to = selection_of(nsp, std::move(read->to));
  delivery->is_volatile = read->is_volatile;
  if (!read->is_volatile) delivery->offset = core_.next_offset();
  delivery->packet =
      core_.writer().event(nsp, std::nullopt, read->event.name,
                           PacketWriter::Values(read->event.arguments), delivery->offset);
  core_.deliver(std::move(delivery));
}

void ClusterInbox::on_request(const Place& place, std::string_view message) {
  auto request = redis::decode_request(message);
  if (request && (request->uid == uid_ || requests_.has(request->id))) return;
  if (!accepts(request)) return;
  switch (request->type) {
    case RequestType::all_rooms: return list_rooms(place, std::move(*request));
    case RequestType::sockets:
    case RequestType::fetch: return list(place, std::move(*request));
    case RequestType::join:
    case RequestType::leave:
    case RequestType::disconnect: return move(place, std::move(*request));
    case RequestType::server_side_emit: return emit(place, std::move(*request));
    case RequestType::broadcast: return ask(place, std::move(*request));
  }
}

void ClusterInbox::on_response(std::string_view message) {
  auto response = redis::decode_response(message);
  // Those of other nodes' requests come here too.
  if (response && !requests_.has(response->id)) return;
  if (accepts(response)) requests_.take(std::move(*response));
}

void ClusterInbox::answer(const std::string& channel, std::string message) {
  broker_.post([this, channel, message = std::move(message)] {
    broker_.commands().send({"PUBLISH", channel, message}, [this](const auto& reply) {
      (reply ? counters_.out : counters_.dropped).fetch_add(1, std::memory_order_relaxed);
    });
  });
}

void ClusterInbox::move(const Place& place, redis::Request request) {
  const auto selection = selection_of(place.nsp, request);
  const bool answers = request.sid && !request.id.empty();
  gather<bool>(
      core_, selection,
      [type = request.type, close = request.close,
       rooms = std::move(request.rooms)](ServerSocket& socket) {
        Socket& moved = socket;
        if (type == RequestType::disconnect) moved.disconnect(close);
        for (const auto& room : rooms) {
          if (type == RequestType::join) moved.join(room);
          if (type == RequestType::leave) moved.leave(room);
        }
        return true;
      },
      [this, answers, channel = place.response, id = request.id](const auto& moved) {
        if (answers && !moved.empty()) answer(channel, redis::encode_done(id));
      });
}

void ClusterInbox::list(const Place& place, redis::Request request) {
  const bool ids_only = request.type == RequestType::sockets;
  if (ids_only) request.to = {std::move(request.rooms), {}};
  gather<json::value>(
      core_, selection_of(place.nsp, std::move(request.to)),
      [ids_only](ServerSocket& socket) {
        return ids_only ? json::value(socket.id()) : describe(socket);
      },
      [this, channel = place.response, id = request.id](const auto& sockets) {
        answer(channel, redis::encode_sockets(id, json::array(sockets.begin(), sockets.end())));
      });
}

void ClusterInbox::list_rooms(const Place& place, redis::Request request) {
  gather<std::vector<std::string>>(
      core_, selection_of(place.nsp, redis::Target{}),
      [](ServerSocket& socket) { return static_cast<Socket&>(socket).rooms(); },
      [this, channel = place.response, id = std::move(request.id)](const auto& found) {
        std::set<std::string> rooms;
        for (const auto& some : found) rooms.insert(some.begin(), some.end());
        answer(channel, redis::encode_rooms(id, json::array(rooms.begin(), rooms.end())));
      });
}

void ClusterInbox::emit(const Place& place, redis::Request request) {
  const auto* const name = request.data.front().if_string();
  if (name == nullptr || !place.handlers.on_server_side_event) return;
  core_.run_on(0, [this, &handlers = place.handlers, channel = place.response,
                   id = std::move(request.id), data = std::move(request.data)]() mutable {
    const std::string event(std::string_view(data.front().get_string()));
    data.erase(data.begin());
    ServerSideEvent happened{event, data, {}};
    happened.reply = [this, channel, id, answered = false](const json::value& value) mutable {
      if (!id.empty() && !std::exchange(answered, true))
        answer(channel, redis::encode_data(id, value));
    };
    try {
      handlers.on_server_side_event(happened);
    } catch (const std::exception& error) {  // as for events of clients, but nobody is to blame
      if (auto* const log = core_.options().log)
        log->write(Level::error, std::string("a handler threw: ") + error.what());
    }
  });
}

void ClusterInbox::ask(const Place& place, redis::Request request) {
  const auto id = core_.next_broadcast_ack_id();
  auto delivery = std::make_shared<Delivery>();
  delivery->to = selection_of(place.nsp, std::move(request.to));
  delivery->packet = core_.writer().event(place.nsp, id, request.event.name,
                                          PacketWriter::Values(request.event.arguments));
  const auto question =
      std::make_shared<Question>(*this, place.response, std::move(request.id), core_.shards());
  ask_shards(core_, std::move(delivery), id,
             request.limit.value_or(core_.options().redis.requests_timeout), question,
             [this](Task task) { broker_.post(std::move(task)); });
}

}  // namespace lectern::server
