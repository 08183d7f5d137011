// A Socket.IO client for the command line: prints what happens to it, one JSON object a line.

#include <csignal>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <lectern/client.h>

#include "client/arguments.h"
#include "client/report.h"

namespace {

constexpr std::chrono::seconds kAckTimeout{10};

// Blocked before any thread starts, so that all of them leave these to end_of_time().
sigset_t endings() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void wait_for_the_end(const Arguments& arguments) {
  const sigset_t set = endings();
  if (!arguments.duration) {
    int ignored;
    sigwait(&set, &ignored);
    return;
  }
  const auto ms = arguments.duration->count();
  const timespec limit{static_cast<std::time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1000000};
  sigtimedwait(&set, nullptr, &limit);
}

void emit(lectern::ClientSocket& socket, lectern::Client& client, const Emission& emission) {
  // What a lost connection leaves unanswered is said by "disconnect".
  const auto answered = [&client, event = emission.event](lectern::Result<lectern::Arguments> ack) {
    if (ack) {
      report("ack", {{"transport", client.transport()},
                     {"event", event},
                     {"args", readable(ack->values, ack->attachments)}});
    } else if (ack.error() == lectern::Errc::timed_out) {
      report("ack", {{"event", event}, {"error", "timed_out"}});
    }
  };
  socket.emit_with_ack(emission.event, with_attachments(emission.args), kAckTimeout, answered);
}

void listen(lectern::Client& client, lectern::ClientSocket& socket, const Arguments& arguments) {
  client.on_reconnect_attempt([](const lectern::ReconnectAttempt& attempt) {
    report("reconnect_attempt", {{"attempt", attempt.number}, {"delayMs", attempt.delay.count()}});
  });
  client.on_reconnect_failed([] { report("gave_up", {}); });
  socket.on_any([&](const lectern::ClientEvent& event) {
    report("event", {{"transport", client.transport()},
                     {"event", event.name},
                     {"args", readable(event.args, event.attachments)}});
    event.ack.reply({event.args, event.attachments});  // when it is asked for
  });
  socket.on_connect_error([](const lectern::ConnectError& error) {
    boost::json::object fields{{"reason", error.message}};
    if (error.data) fields["data"] = *error.data;
    report("connect_error", fields);
  });
  socket.on_disconnect([](lectern::DisconnectReason reason) {
    report("disconnect", {{"reason", reason}});
  });
  socket.on_connect([&, first = true]() mutable {
    report("connect", {{"transport", client.transport()},
                       {"id", socket.id()},
                       {"recovered", socket.recovered()}});
    if (!std::exchange(first, false)) return;
    for (const Emission& emission : arguments.emissions) emit(socket, client, emission);
  });
}

}  // namespace

int main(int count, char** words) {
  const sigset_t set = endings();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  Arguments arguments;
  std::unique_ptr<lectern::Client> client;
  try {
    arguments = read_arguments({words + 1, words + count});
    client = std::make_unique<lectern::Client>(arguments.url, arguments.options);
  } catch (const std::exception& error) {
    std::cerr << "client: " << error.what() << '\n' << kUsage;
    return 2;
  }
  lectern::ClientSocket& socket = client->of(arguments.nsp);
  listen(*client, socket, arguments);
  socket.connect();
  wait_for_the_end(arguments);
  client.reset();
  return 0;
}
