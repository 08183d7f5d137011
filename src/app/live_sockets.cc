#include "app/live_sockets.h"

#include <algorithm>
#include <utility>

#include <boost/json/value.hpp>

namespace lectern::app {

TimeMs wall_clock() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

LiveSockets::LiveSockets(Server& server, const identity::Authenticator& authenticator)
    : server_(server), authenticator_(authenticator), shards_(server.shards()) {}

void LiveSockets::add(const Socket& socket, std::shared_ptr<const Caller> caller) {
  const auto ref = socket.ref();
  const auto stays = authenticator_.recheck(caller->claims, wall_clock());
  shards_[ref.shard].insert_or_assign(ref.serial, Live{ref, std::move(caller)});
  if (!stays) close(ref, stays.error());
}

void LiveSockets::remove(const Socket& socket) {
  const auto ref = socket.ref();
  shards_[ref.shard].erase(ref.serial);
}

std::vector<SocketRef> LiveSockets::after(unsigned shard, std::uint64_t serial,
                                          std::size_t most) const {
  std::vector<SocketRef> found;
  for (const auto& [key, live] : shards_[shard]) {
    if (key > serial) found.push_back(live.socket);
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
  std::partial_sort(found.begin(), end, found.end(),
                    [](SocketRef a, SocketRef b) { return a.serial < b.serial; });
  found.erase(end, found.end());
  return found;
}

void LiveSockets::recheck() {
  for (unsigned shard = 0; shard < shards_.size(); ++shard) {
    server_.run_on(shard, [this, shard] { recheck_shard(shard); });
  }
}

void LiveSockets::watch_expiry() {
  for (unsigned shard = 0; shard < shards_.size(); ++shard) {
    server_.run_after(shard, kSweep, [this, shard] { sweep(shard); });
  }
}

void LiveSockets::sweep(unsigned shard) {
  const auto now_s = wall_clock() / 1000;
  std::vector<SocketRef> expired;
  for (const auto& [serial, live] : shards_[shard]) {
    if (live.caller->claims.expires_at <= now_s) expired.push_back(live.socket);
  }
  for (const auto socket : expired) {
    close(socket, make_error_code(identity::AuthErrc::token_expired));
  }
  server_.run_after(shard, kSweep, [this, shard] { sweep(shard); });
}

void LiveSockets::recheck_shard(unsigned shard) {
  const auto now = wall_clock();
  std::vector<std::pair<SocketRef, boost::system::error_code>> dead;
  for (const auto& [serial, live] : shards_[shard]) {
    const auto stays = authenticator_.recheck(live.caller->claims, now);
    if (!stays) dead.emplace_back(live.socket, stays.error());
  }
  for (const auto& [socket, reason] : dead) close(socket, reason);
}

void LiveSockets::send_away(std::chrono::milliseconds period) {
  for (unsigned shard = 0; shard < shards_.size(); ++shard) {
    server_.run_on(shard, [this, shard, period] { send_away_shard(shard, period); });
  }
}

void LiveSockets::send_away_shard(unsigned shard, std::chrono::milliseconds period) {
  // Copied, because a socket that cannot take the news may go at once.
  std::vector<SocketRef> sockets;
  for (const auto& [serial, live] : shards_[shard]) sockets.push_back(live.socket);
  std::int64_t index = 0;
  for (const auto socket : sockets) {
    const auto wait = period * index++ / static_cast<std::int64_t>(sockets.size());
    // Whoever is told first comes back first, when the successor of this server is up.
    const auto back = period + wait;
    server_.emit_to_socket(socket, "server:draining", {{"reconnectInMs", back.count()}});
    server_.run_after(shard, wait, [this, socket] {
      server_.with_socket(socket, [](Socket& leaving) {
        leaving.emit("server:disconnect", {{"type", "SERVER_DRAINING"},
                                           {"message", "The server is going down"},
                                           {"retry", true}});
        leaving.close_transport("server shutting down");
      });
    });
  }
}

void LiveSockets::close(SocketRef socket, const boost::system::error_code& reason) {
  server_.with_socket(
      socket, [failure = failure_of(reason)](Socket& live) { close_for_good(live, failure); });
}

void close_for_good(Socket& socket, const Failure& reason) {
  auto notice = error_object(reason);
  notice["retry"] = false;
  socket.emit("server:disconnect", std::move(notice));
  socket.disconnect(/*close_connection=*/true);
}

}  // namespace lectern::app
