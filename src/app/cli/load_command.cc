#include <curl/curl.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli/commands.h"
#include "app/secrets.h"
#include "base/uuid.h"
#include "identity/token.h"
#include "load/crowd.h"
#include "load/swarm.h"

namespace lectern::app {
namespace {

namespace json = boost::json;

constexpr std::int64_t kSpareSeconds = 120;  // that a token outlives the planned run
constexpr long kLoginSeconds = 10;
constexpr std::size_t kMostAnswer = 64 * 1024;

volatile std::sig_atomic_t stop_wanted = 0;

std::int64_t wall_clock_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kMostAnswer) return 0;  // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

// Posts to the server and returns the body of the answer, whatever its status.
std::string post(const std::string& url, const std::string& body) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  std::string answer;
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT, kLoginSeconds);
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_POSTFIELDS, body.c_str());
  set(CURLOPT_WRITEFUNCTION, take);
  set(CURLOPT_WRITEDATA, &answer);
  const auto result = curl_easy_perform(curl.get());
  if (result != CURLE_OK) throw CommandError(url + ": " + curl_easy_strerror(result));
  return answer;
}

// What stands in front of everything of the server, when its Engine.IO is at `path`.
std::string_view base_of(std::string_view path) {
  constexpr std::string_view kEngine = "/socket.io/";
  return path.ends_with(kEngine) ? path.substr(0, path.size() - kEngine.size()) : "";
}

std::string logged_in(const LoadCommand& command) {
  auto url = command.url;
  if (url.starts_with("ws://")) url.replace(0, 5, "http://");
  while (url.ends_with('/')) url.pop_back();
  const json::object login{{"username", command.user}, {"password", read_password()}};
  boost::system::error_code error;
  url += base_of(command.path);
  const auto answer = json::parse(post(url + "/auth/login", json::serialize(login)), error);
  const auto* object = error ? nullptr : answer.if_object();
  const auto* token = object == nullptr ? nullptr : object->if_contains("accessToken");
  if (token == nullptr || !token->is_string())
    throw CommandError(command.url + " does not let " + command.user + " in");
  return std::string(token->get_string());
}

std::string first_line_of_input() {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty())
    throw CommandError("--token-stdin: no token was given");
  return line;
}

// Everybody is a user of its own: the server's limits are a user's.
std::function<std::string(bool, std::size_t)> minted(const LoadCommand& command,
                                                     const Config& config) {
  const auto tokens = std::shared_ptr<identity::Tokens>(new identity::Tokens(load_tokens(config)));
  const auto run = Uuid::random().to_string().substr(0, 8);
  const auto planned =
      static_cast<std::int64_t>(command.plan.seconds + command.plan.ramp) + kSpareSeconds;
  return [tokens, run, lifetime = std::max(planned, config.auth.access_ttl_s)](bool teacher,
                                                                               std::size_t n) {
    identity::AccessClaims claims;
    claims.user_id = "load-" + run + (teacher ? "-teacher-" : "-student-") + std::to_string(n);
    claims.username = (teacher ? "Load teacher " : "Load student ") + std::to_string(n);
    claims.role = teacher ? "instructor" : "student";
    claims.jti = Uuid::random().to_string();
    claims.issued_at = wall_clock_seconds();
    claims.expires_at = claims.issued_at + lifetime;
    return tokens->sign(claims);
  };
}

std::function<std::string(bool, std::size_t)> tokens_for(const LoadCommand& command,
                                                         const Config& config) {
  if (command.anonymous) return {};
  if (command.user.empty() && !command.token_stdin) return minted(command, config);
  return [token = command.token_stdin ? first_line_of_input() : logged_in(command)](
             bool, std::size_t) { return token; };
}

// SIGINT and SIGTERM are the wish for an early end.
void end_early_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_wanted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends the program
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

bool run_load_command(LoadCommand command, const Config& config) {
  auto& plan = command.plan;
  plan.seconds = static_cast<double>(parse_ttl("--duration", command.duration));
  plan.ramp = command.ramp == "0" ? 0 : static_cast<double>(parse_ttl("--ramp", command.ramp));
  plan.rooms = std::min(plan.rooms, plan.connections);
  if (command.anonymous && (plan.scenario == "chat" || plan.scenario == "quiz"))
    throw CommandError("--anonymous: " + plan.scenario + " needs users");
  const auto peer = load::peer_at(command.url, command.path);
  plan.token = tokens_for(command, config);
  plan.stopped = [] { return stop_wanted != 0; };
  load::prepare_process();
  end_early_on_signals();
  const auto report = load::run_load(peer, plan);
  const auto missed = load::missed(report, command.thresholds);
  std::cout << (command.format == "json" ? to_json(report, missed) : to_text(report, missed));
  return missed.empty();
}

}  // namespace lectern::app
