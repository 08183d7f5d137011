// A Socket.IO server to try clients and protocol suites against, written with the public API alone.
//
// usage: playground [--port N] [--path /socket.io/] [--threads N] [--ping-interval MS]
//          [--ping-timeout MS] [--connect-timeout MS] [--max-payload BYTES] [--allow-eio3]
//          [--recovery] [--recovery-ms MS] [--allowed-origins A,B] [--parser json|msgpack]
//          [--compression] [--redis URL] [--redis-key KEY]
//          [--engine-only | --raw-echo]   the first one with --path /engine.io/ unless told
//          otherwise
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include <lectern/server.h>
#include <boost/json.hpp>

#include "flags.h"

namespace {

using lectern::Arguments;
using lectern::Event;
using lectern::Server;
using lectern::Socket;
using std::chrono::milliseconds;
namespace json = boost::json;

constexpr milliseconds kAckTimeout{10'000};
constexpr std::size_t kSendQueueBytes = std::size_t{64} * 1024 * 1024;

struct Settings {
  lectern::Options options;
  std::uint16_t port = 3000;
  bool engine_only = false;
  bool raw_echo = false;
};

// How sockets ended, for those who ask: the last thousand.
class Endings {
 public:
  void note(const std::string& id, std::string_view reason) {
    const std::lock_guard lock(mutex_);
    if (reasons_.size() >= 1000) reasons_.clear();
    reasons_[id] = reason;
  }
  json::value of(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = reasons_.find(id);
    if (found == reasons_.end()) return nullptr;
    return json::string(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> reasons_;
};

Arguments arguments_of(Event& event) {
  return {std::move(event.args), std::move(event.attachments)};
}

// An argument that is a string, or nothing.
std::optional<std::string> text_at(const Event& event, std::size_t index) {
  if (index >= event.args.size() || !event.args[index].is_string()) return std::nullopt;
  return std::string(event.args[index].get_string());
}

// Placeholders count the attachments of their packet: these stand behind `before` others.
void renumber(json::value& value, std::size_t before) {
  if (auto* const list = value.if_array())
    for (auto& item : *list) renumber(item, before);
  auto* const object = value.if_object();
  if (object == nullptr) return;
  if (object->contains("_placeholder"))
    object->at("num") = object->at("num").to_number<std::size_t>() + before;
  for (auto& [key, item] : *object) renumber(item, before);
}

// The first argument of each answer.
Arguments listed(std::vector<Arguments> answers) {
  json::array list;
  lectern::Attachments attachments;
  for (auto& answer : answers) {
    auto& first = list.emplace_back(answer.values.empty() ? json::value() : answer.values.front());
    if (answer.attachments.empty()) continue;
    renumber(first, attachments.size());
    attachments.insert(attachments.end(), answer.attachments.begin(), answer.attachments.end());
  }
  return {{json::value(std::move(list))}, std::move(attachments)};
}

json::array in_json(const std::vector<lectern::RemoteSocket>& sockets) {
  json::array list;
  for (const auto& socket : sockets)
    list.push_back(
        {{"id", socket.id}, {"rooms", json::array(socket.rooms.begin(), socket.rooms.end())}});
  return list;
}

// What one namespace does with each event; the table in docs/protocol.md.
class Playground {
 public:
  Playground(Server& server, std::string nsp, Endings& endings)
      : server_(server), nsp_(std::move(nsp)), endings_(endings) {
    auto& handlers = server.of(nsp_);
    handlers.on_connection = [](Socket& socket) { socket.emit("auth", auth_of(socket)); };
    handlers.on_event = [this](Socket& socket, Event& event) { on_event(socket, event); };
    handlers.on_disconnect = [this](Socket& socket, std::string_view reason) {
      endings_.note(std::string(socket.id()), reason);
    };
    handlers.on_server_side_event = [](lectern::ServerSideEvent& event) {
      if (event.name == "who") event.reply(getpid());
    };
  }

 private:
  using Handler = void (Playground::*)(Socket&, Event&);

  static json::value auth_of(const Socket& socket) {
    return socket.auth().is_null() ? json::value(json::object{}) : socket.auth();
  }

  void on_event(Socket& socket, Event& event) {
    static const std::unordered_map<std::string_view, Handler> kHandlers = {
        {"message", &Playground::message},
        {"message-with-ack", &Playground::message_with_ack},
        {"emit-with-ack", &Playground::emit_with_ack},
        {"join", &Playground::join},
        {"leave", &Playground::leave},
        {"publish", &Playground::publish},
        {"echo", &Playground::echo},
        {"fetch-sockets", &Playground::fetch_sockets},
        {"sockets-join", &Playground::sockets_join},
        {"sockets-leave", &Playground::sockets_leave},
        {"disconnect-sockets", &Playground::disconnect_sockets},
        {"broadcast-ack", &Playground::broadcast_ack},
        {"last-disconnect", &Playground::last_disconnect},
        {"kick", &Playground::kick},
        {"server-side-emit", &Playground::server_side_emit},
    };
    const auto found = kHandlers.find(event.name);
    if (found != kHandlers.end()) (this->*found->second)(socket, event);
  }

  lectern::Broadcast members_of(const std::string& room) {
    return server_.broadcast(nsp_).to(room);
  }

  void message(Socket& socket, Event& event) {
    socket.emit_args("message-back", arguments_of(event));
  }

  void message_with_ack(Socket&, Event& event) { event.ack.reply(arguments_of(event)); }

  void emit_with_ack(Socket& socket, Event& event) {
    socket.emit_with_ack("emit-with-ack", arguments_of(event), kAckTimeout,
                         [this, ref = socket.ref()](lectern::Result<Arguments> answer) {
                           if (!answer) return;
                           server_.with_socket(ref, [answer](Socket& asked) {
                             asked.emit_args("emit-with-ack", *answer);
                           });
                         });
  }

  void join(Socket& socket, Event& event) {
    const auto room = text_at(event, 0);
    if (!room) return;
    socket.join(*room);
    event.ack.reply({});
  }

  void leave(Socket& socket, Event& event) {
    const auto room = text_at(event, 0);
    if (!room) return;
    socket.leave(*room);
    event.ack.reply({});
  }

  void publish(Socket&, Event& event) {
    const auto room = text_at(event, 0);
    if (!room) return;
    auto arguments = arguments_of(event);
    arguments.values.erase(arguments.values.begin());
    arguments.values.resize(1);
    members_of(*room).emit_args("published", arguments);
  }

  void echo(Socket&, Event& event) {
    auto arguments = arguments_of(event);
    arguments.values.resize(1);
    event.ack.reply(arguments);
  }

  void fetch_sockets(Socket&, Event& event) {
    const auto room = text_at(event, 0);
    if (!room) return;
    members_of(*room).fetch_sockets(
        [ack = event.ack](const auto& found) { ack(in_json(found.sockets)); });
  }

  void sockets_join(Socket&, Event& event) {
    const auto room = text_at(event, 0), other = text_at(event, 1);
    if (!room || !other) return;
    members_of(*room).sockets_join(*other, [ack = event.ack] { ack.reply({}); });
  }

  void sockets_leave(Socket&, Event& event) {
    const auto room = text_at(event, 0), other = text_at(event, 1);
    if (!room || !other) return;
    members_of(*room).sockets_leave(*other, [ack = event.ack] { ack.reply({}); });
  }

  void disconnect_sockets(Socket&, Event& event) {
    const auto room = text_at(event, 0);
    if (!room) return;
    members_of(*room).disconnect_sockets(false, [ack = event.ack] { ack.reply({}); });
  }

  void broadcast_ack(Socket&, Event& event) {
    const auto room = text_at(event, 0);
    if (!room || event.args.size() < 3 || !event.args[2].is_number()) return;
    const milliseconds timeout(static_cast<std::int64_t>(event.args[2].to_number<double>()));
    auto arguments = arguments_of(event);
    arguments.values = {std::move(arguments.values[1])};
    members_of(*room).emit_with_ack("question", arguments, timeout,
                                    [ack = event.ack](lectern::BroadcastAnswers answers) {
                                      ack.reply(listed(std::move(answers.answers)));
                                    });
  }

  void last_disconnect(Socket&, Event& event) {
    if (const auto id = text_at(event, 0)) event.ack(endings_.of(*id));
  }

  void kick(Socket& socket, Event& event) {
    const bool close = !event.args.empty() && event.args[0].is_bool() && event.args[0].get_bool();
    socket.disconnect(close);
  }

  void server_side_emit(Socket&, Event& event) {
    const auto name = text_at(event, 0);
    if (!name) return;
    const json::array arguments(event.args.begin() + 1, event.args.end());
    server_.server_side_emit_with_ack(
        nsp_, *name, arguments, [ack = event.ack](const lectern::ServerSideAnswers& found) {
          ack(json::array(found.answers.begin(), found.answers.end()));
        });
  }

  Server& server_;
  std::string nsp_;
  Endings& endings_;
};

void echo_messages(lectern::MessageHandlers& handlers) {
  handlers.on_text = [](auto& socket, std::string_view text) { socket.send_text(text); };
  handlers.on_binary = [](auto& socket, std::string_view bytes) { socket.send_binary(bytes); };
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> items;
  for (std::size_t start = 0; start <= list.size();) {
    const auto end = std::min(list.find(',', start), list.size());
    if (end > start) items.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return items;
}

std::optional<std::string> read_flags(int count, const char* const* words, Settings& settings) {
  auto& options = settings.options;
  bool recovery = false;
  std::optional<std::string> wanted_path;
  milliseconds recovery_time{120'000};
  examples::Flags flags;
  const auto number = [&flags](const std::string& name, auto& target) {
    flags.add(name,
              [&target](const std::string& text) { return examples::read_number(text, target); });
  };
  const auto duration = [&flags](const std::string& name, milliseconds& target) {
    flags.add(name, [&target](const std::string& text) {
      milliseconds::rep ms = 0;
      if (!examples::read_number(text, ms)) return false;
      target = milliseconds(ms);
      return true;
    });
  };
  number("--port", settings.port);
  number("--threads", options.threads);
  number("--max-payload", options.max_payload);
  duration("--ping-interval", options.ping_interval);
  duration("--ping-timeout", options.ping_timeout);
  duration("--connect-timeout", options.connect_timeout);
  duration("--recovery-ms", recovery_time);
  flags.add("--path", [&](const std::string& text) {
    wanted_path = text.ends_with('/') ? text : text + '/';
    return text.starts_with('/');
  });
  flags.add("--allowed-origins", [&](const std::string& list) {
    options.allowed_origins = split(list);
    return !options.allowed_origins.empty();
  });
  flags.add("--parser", [&](const std::string& name) {
    options.parser = name == "msgpack" ? lectern::Parser::msgpack : lectern::Parser::json;
    return name == "msgpack" || name == "json";
  });
  flags.add("--compression", [&] { options.compression = true; });
  flags.add("--allow-eio3", [&] { options.allow_eio3 = true; });
  flags.add("--recovery", [&] { recovery = true; });
  flags.add("--engine-only", [&] { settings.engine_only = true; });
  flags.add("--redis", [&](const std::string& url) {
    options.redis.url = url;
    return !url.empty();
  });
  flags.add("--redis-key", [&](const std::string& key) {
    options.redis.key = key;
    return !key.empty();
  });
  flags.add("--raw-echo", [&] { settings.raw_echo = true; });
  if (auto mistake = flags.parse(count, words)) return mistake;
  options.path = wanted_path.value_or(settings.engine_only ? "/engine.io/" : "/socket.io/");
  if (recovery) options.recovery = recovery_time;
  options.keep_handshake = true;  // fetchSockets() of other nodes tells it
  if (options.threads < 1 || options.threads > 256) return "--threads is 1 to 256";
  return std::nullopt;
}

// Serves until a signal comes.
void serve(const lectern::Options& options, const Settings& settings, const sigset_t& signals) {
  Server server(options);
  Endings endings;
  if (settings.engine_only) echo_messages(server.engine());
  if (settings.raw_echo) echo_messages(server.websocket());
  Playground root(server, "/", endings);
  Playground custom(server, "/custom", endings);
  const auto endpoints = server.start();
  std::cout << "playground: ready http://127.0.0.1:" << endpoints.front().port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop(milliseconds(1000));
}

void serve(const Settings& settings, const sigset_t& signals) {
  auto options = settings.options;
  options.listen = {{"127.0.0.1", settings.port, false}, {"::1", settings.port, false}};
  // Whoever tries things out may do it fast, and read late.
  options.max_waiting_per_address = options.max_waiting;
  options.send_queue_bytes = kSendQueueBytes;
  if (settings.raw_echo) {
    options.path.clear();  // any path is a WebSocket's
    options.compression = true;
    options.compression_threshold = 0;
  }
  try {
    serve(options, settings, signals);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::address_not_available &&
        error.code() != std::errc::address_family_not_supported)
      throw;
    options.listen.pop_back();  // a machine without IPv6
    serve(options, settings, signals);
  }
}

}  // namespace

int main(int count, char** words) {
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);  // what large messages took goes back to the system
  // Blocked before there are threads, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Settings settings;
  if (const auto mistake = read_flags(count, words, settings)) {
    std::cerr << "playground: " << *mistake << std::endl;
    return 2;
  }
  try {
    serve(settings, signals);
  } catch (const std::exception& error) {  // an address that is taken, a URL that is none
    std::cerr << "playground: " << error.what() << std::endl;
    return 2;
  }
  return 0;
}
