// Lectern behind the benchmark's contract, written with the public API alone: `join` (room),
// `publish` (room, text), `echo` (text), and a token in the payload of CONNECT.
//
// usage: bench_peer [--port N] [--threads N] [--secret TEXT] [--recovery-ms MS]
//                   [--send-path io_uring|one_by_one] [--send-queue-bytes N]
//          --secret: who has no token signed with it (HS256) is refused
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <lectern/server.h>
#include <boost/json.hpp>

#include "examples/flags.h"
#include "identity/token.h"

namespace {

namespace json = boost::json;
using lectern::Event;
using lectern::SendPath;
using lectern::Socket;
using std::chrono::milliseconds;

constexpr std::size_t kConnections = 200'000;

struct Settings {
  std::uint16_t port = 0;
  std::string secret;
  milliseconds::rep recovery_ms = 0;
  lectern::Options options;
};

std::optional<std::string> read_flags(int count, const char* const* words, Settings& settings) {
  examples::Flags flags;
  const auto number = [&flags](const std::string& name, auto& read) {
    flags.add(name, [&read](const std::string& text) { return examples::read_number(text, read); });
  };
  number("--port", settings.port);
  number("--threads", settings.options.threads);
  number("--recovery-ms", settings.recovery_ms);
  flags.add("--send-path", [&](const std::string& name) {
    const bool one_by_one = name == "one_by_one";
    settings.options.send_path = one_by_one ? SendPath::one_by_one : SendPath::io_uring;
    return one_by_one || name == "io_uring";
  });
  number("--send-queue-bytes", settings.options.send_queue_bytes);
  flags.add("--secret", [&](const std::string& text) {
    settings.secret = text;
    return lectern::identity::weakness_of_secret(text) == nullptr;
  });
  return flags.parse(count, words);
}

std::int64_t wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

// Lets those in who show a token, and keeps the user's id beside the socket.
void require_tokens(lectern::Namespace& handlers, const std::string& secret) {
  auto tokens = std::make_shared<const lectern::identity::Tokens>(secret, secret + "-refresh",
                                                                  lectern::identity::TokenRules{});
  handlers.use = [tokens](Socket& socket, lectern::Next next) {
    const auto* auth = socket.auth().if_object();
    const auto* token = auth != nullptr ? auth->if_contains("token") : nullptr;
    if (token == nullptr || !token->is_string())
      return next(lectern::ConnectError{"no token", nullptr});
    auto claims = tokens->verify_access(token->get_string(), wall_clock_ms());
    if (!claims) return next(lectern::ConnectError{"not this token", nullptr});
    socket.data = std::make_shared<std::string>(std::move(claims->user_id));
    next(std::nullopt);
  };
}

void take(lectern::Server& server, Socket& socket, Event& event) {
  if (event.args.empty() || !event.args[0].is_string()) return;
  const std::string_view first = event.args[0].get_string();
  if (event.name == "publish" && event.args.size() == 2) {
    server.emit_to_room("/", first, "published", event.args[1]);
  } else if (event.name == "echo") {
    event.ack(event.args[0]);
  } else if (event.name == "join") {
    socket.join(first);
    event.ack.reply({});
  }
}

void serve(const Settings& settings, const sigset_t& signals) {
  auto options = settings.options;
  options.listen = {{"127.0.0.1", settings.port, false}};
  options.recovery = milliseconds(settings.recovery_ms);
  options.max_connections = kConnections;
  lectern::Server server(options);
  auto& handlers = server.of("/");
  if (!settings.secret.empty()) require_tokens(handlers, settings.secret);
  handlers.on_event = [&server](Socket& socket, Event& event) { take(server, socket, event); };
  const auto port = server.start().front().port;
  std::cout << "bench_peer: ready http://127.0.0.1:" << port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop(milliseconds(0));
}

}  // namespace

int main(int count, char** words) {
  // Blocked before there are threads, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Settings settings;
  if (const auto mistake = read_flags(count, words, settings)) {
    std::cerr << "bench_peer: " << *mistake << std::endl;
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  try {
    serve(settings, signals);
  } catch (const std::exception& error) {
    std::cerr << "bench_peer: " << error.what() << std::endl;
    return 1;
  }
  return 0;
}
