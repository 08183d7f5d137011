#include "server/open_requests.h"

#include <iterator>
#include <utility>

#include "server/session_id.h"

namespace lectern::server {

void OpenRequests::ask(const redis::ClassicChannels& channels, std::chrono::milliseconds limit,
                       Encode encode, Done done) {
  const std::string id = new_socket_id();  // nobody can guess it, and answer before the others
  open_.emplace(id, Open{{}, std::move(done)});
  if (!broker_.available()) return fail(id, Errc::unavailable);
  if (open_.size() > kMaxOpen) return fail(id, Errc::busy);
  const std::string request = encode(id);
  broker_.commands().send({"PUBSUB", "NUMSUB", channels.request},
                          [this, id](const auto& reply) { counted(id, reply); });
  broker_.commands().send({"PUBLISH", channels.request, request}, [this, id](const auto& reply) {
    if (!reply) fail(id, errc_of(reply.error()));
  });
  broker_.run_after(limit, [this, id] { fail(id, Errc::timed_out); });
}

// [channel, number], with this node among them.
void OpenRequests::counted(const std::string& id, const Result<redis::Reply>& reply) {
  if (!reply) return fail(id, errc_of(reply.error()));
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  if (reply->items.size() != 2 || reply->items[1].kind != redis::Reply::Kind::integer)
    return fail(id, Errc::unavailable);
  const auto all = reply->items[1].number;
  found->second.answers.nodes = all > 1 ? static_cast<std::size_t>(all - 1) : 0;
  if (found->second.answers.complete()) finish(id);
}

void OpenRequests::take(redis::Response response) {
  const auto found = open_.find(response.id);
  if (found == open_.end()) return;
  auto& answers = found->second.answers;
  if (response.answer) {
    answers.of_clients.push_back(std::move(*response.answer));
  } else {
    ++answers.answered;
    answers.clients += response.clients.value_or(0);
    answers.sockets.insert(answers.sockets.end(), std::make_move_iterator(response.sockets.begin()),
                           std::make_move_iterator(response.sockets.end()));
    answers.of_servers.push_back(std::move(response.data));
  }
  if (answers.complete()) finish(response.id);
}

void OpenRequests::fail(const std::string& id, Errc error) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  found->second.answers.error = error;
  finish(id);
}

void OpenRequests::finish(const std::string& id) {
  auto open = open_.extract(id);
  open.mapped().done(std::move(open.mapped().answers));
}

}  // namespace lectern::server
