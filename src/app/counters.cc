#include "app/counters.h"

#include <cstdio>
#include <numeric>
#include <vector>

namespace lectern::app {
namespace {

constexpr std::string_view kEventNames[] = {
    "chat:message",        "user:action",  "quiz:answer",    "chat:history",
    "chat:moderate",       "quiz:create",  "quiz:start",     "quiz:next",
    "quiz:close_question", "quiz:pause",   "quiz:resume",    "quiz:end",
    "quiz:state",          "room:create",  "room:configure", "room:close",
    "room:participants",   "auth:refresh", "ping",           "pong"};

constexpr std::string_view kErrorTypes[] = {"VALIDATION_ERROR",
                                            "UNKNOWN_MESSAGE_TYPE",
                                            "PAYLOAD_TOO_LARGE",
                                            "AUTH_REQUIRED",
                                            "INVALID_CREDENTIALS",
                                            "INVALID_TOKEN",
                                            "TOKEN_EXPIRED",
                                            "TOKEN_REVOKED",
                                            "TOKEN_REUSED",
                                            "FORBIDDEN",
                                            "NOT_A_MEMBER",
                                            "MUTED",
                                            "BANNED",
                                            "NOT_FOUND",
                                            "ROOM_CLOSED",
                                            "CONFLICT",
                                            "QUIZ_NOT_OPEN",
                                            "LATE_ANSWER",
                                            "DUPLICATE_ANSWER",
                                            "RATE_LIMIT_EXCEEDED",
                                            "ROOM_RATE_LIMIT_EXCEEDED",
                                            "QUIZ_RATE_LIMIT_EXCEEDED",
                                            "SERVER_BUSY",
                                            "SERVER_DRAINING",
                                            "STORE_UNAVAILABLE",
                                            "INTERNAL"};

template <class Row, std::size_t size>
void count(std::array<Row, size>& rows, std::string_view name) {
  for (auto& row : rows) {
    if (row.name == name || &row == &rows.back()) {
      row.count.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
}

template <class Rows>
void write_rows(std::string& out, std::string_view metric, std::string_view label,
                std::string_view about, const Rows& rows) {
  out.append("# HELP ").append(metric).append(" ").append(about).append("\n# TYPE ");
  out.append(metric).append(" counter\n");
  for (const auto& row : rows) {
    if (row.name.empty()) continue;
    out.append(metric).append("{").append(label).append("=\"").append(row.name).append("\"} ");
    out.append(std::to_string(row.count.load(std::memory_order_relaxed))).append("\n");
  }
}

}  // namespace

Counters::Counters() {
  static_assert(std::size(kEventNames) < kEvents);
  static_assert(std::size(kErrorTypes) < std::tuple_size_v<decltype(refused_)>);
  for (std::size_t i = 0; i < std::size(kEventNames); ++i) received_[i].name = kEventNames[i];
  for (std::size_t i = 0; i < std::size(kErrorTypes); ++i) refused_[i].name = kErrorTypes[i];
  received_.back().name = "unknown";
  refused_.back().name = "other";
}

void Counters::received(std::string_view event) { count(received_, event); }

void Counters::refused(const Failure& failure) {
  count(refused_, failure.type);
  if (const auto* rule = failure.extra.if_contains("rule")) rules.refused(rule->as_string());
}

void write_metric(std::string& out, std::string_view name, std::string_view kind,
                  std::string_view about, double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  out.append("# HELP ").append(name).append(" ").append(about).append("\n# TYPE ");
  out.append(name).append(" ").append(kind).append("\n");
  out.append(name).append(" ").append(text).append("\n");
}

void Counters::write(std::string& out) const {
  write_rows(out, "lectern_events_received_total", "event", "Events that clients sent.", received_);
  write_rows(out, "lectern_refused_total", "type", "Requests refused, by error type.", refused_);
  rules.write(out);
  const auto metric = [&](std::string_view name, std::string_view kind, std::string_view about,
                          auto value) {
    write_metric(out, name, kind, about, static_cast<double>(value));
  };
  metric("lectern_appends_total", "counter", "Appends that were committed.", commits.load());
  metric("lectern_appends_failed_total", "counter", "Appends that were refused by the store.",
         failed_appends.load());
  metric("lectern_memory_sheds_total", "counter",
         "Checks that found more memory in use than memory.soft_limit_mb.", memory_sheds.load());
  metric("lectern_rooms", "gauge", "Open rooms.", rooms.load());
  metric("lectern_sleeping_rooms", "gauge",
         "Closed rooms that are read when somebody asks for them.", sleeping_rooms.load());
}

namespace {

void write_queued_bytes(std::string& out, const std::vector<std::uint64_t>& of_shards) {
  const auto sum = std::accumulate(of_shards.begin(), of_shards.end(), std::uint64_t{0});
  write_metric(out, "lectern_queued_bytes", "gauge", "Bytes that clients have not taken yet.",
               static_cast<double>(sum));
  const std::string_view name = "lectern_shard_queued_bytes";
  out.append("# HELP ").append(name).append(" The same, by shard.\n# TYPE ").append(name);
  out.append(" gauge\n");
  for (std::size_t i = 0; i < of_shards.size(); ++i) {
    out.append(name).append("{shard=\"").append(std::to_string(i)).append("\"} ");
    out.append(std::to_string(of_shards[i])).append("\n");
  }
}

}  // namespace

void write_server_stats(std::string& out, const ServerStats& stats) {
  const auto metric = [&](std::string_view name, std::string_view kind, std::string_view about,
                          std::uint64_t value) {
    write_metric(out, name, kind, about, static_cast<double>(value));
  };
  metric("lectern_connections_accepted_total", "counter", "TCP connections accepted.",
         stats.connections_accepted);
  metric("lectern_connections_refused_total", "counter", "TCP connections refused.",
         stats.connections_refused);
  metric("lectern_descriptors_missing_total", "counter",
         "TCP connections refused because the process had no descriptor left.",
         stats.descriptors_missing);
  metric("lectern_connections", "gauge", "TCP connections.", stats.connections);
  metric("lectern_sessions_opened_total", "counter", "Engine.IO sessions opened.",
         stats.sessions_opened);
  metric("lectern_sessions", "gauge", "Engine.IO sessions.", stats.sessions);
  metric("lectern_websocket_sessions", "gauge", "Sessions on WebSocket.", stats.websocket_sessions);
  metric("lectern_sockets", "gauge", "Socket.IO sockets.", stats.sockets);
  metric("lectern_messages_received_total", "counter", "Messages received.", stats.messages_in);
  metric("lectern_messages_sent_total", "counter", "Messages sent.", stats.messages_out);
  metric("lectern_received_bytes_total", "counter", "Bytes received.", stats.bytes_in);
  metric("lectern_sent_bytes_total", "counter", "Bytes sent.", stats.bytes_out);
  metric("lectern_slow_readers_total", "counter",
         "Connections closed because they left too much unread (slow_reader).", stats.slow_readers);
  metric("lectern_slow_reader_dropped_bytes_total", "counter",
         "Bytes dropped with the queues of such connections.", stats.slow_reader_bytes);
  metric("lectern_volatile_dropped_total", "counter", "Volatile messages dropped.",
         stats.volatile_dropped);
  metric("lectern_conflated_total", "counter",
         "Messages that a later one replaced before their connection took them.", stats.conflated);
  write_queued_bytes(out, stats.queued_bytes);
  metric("lectern_protocol_errors_total", "counter", "Connections closed for a protocol error.",
         stats.protocol_errors);
  metric("lectern_ping_timeouts_total", "counter", "Connections closed for a missing pong.",
         stats.ping_timeouts);
  metric("lectern_mailbox_depth", "gauge", "Tasks waiting between shards.", stats.mailbox_depth);
  if (!stats.clustered) return;
  metric("lectern_cluster_available", "gauge", "1 while Redis can be used, else 0.",
         stats.cluster_available ? 1 : 0);
  metric("lectern_cluster_sent_total", "counter", "Messages published for other nodes.",
         stats.cluster_out);
  metric("lectern_cluster_received_total", "counter", "Messages of other nodes.", stats.cluster_in);
  metric("lectern_cluster_dropped_total", "counter",
         "Messages lost because Redis or a shard did not keep up.", stats.cluster_dropped);
  metric("lectern_cluster_malformed_total", "counter",
         "Messages on the cluster's channels that nobody can read.", stats.cluster_malformed);
}

}  // namespace lectern::app
