#include "bench/load/dialect.h"

#include <charconv>

namespace lectern::load {
namespace {

constexpr std::size_t kDigits = 8;
constexpr std::string_view kPublished = R"(42["published",")";
constexpr std::string_view kEnd = R"("])";

std::string echo_answer(std::uint32_t id, std::string_view text) {
  return "43" + std::to_string(id) + R"([")" + std::string(text) + std::string(kEnd);
}

std::optional<std::uint32_t> read_number(std::string_view digits, int base) {
  std::uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

Peer peer_of(Dialect dialect, std::uint16_t port) {
  auto peer = local_peer(port);
  peer.engine_io = dialect == Dialect::socket_io;
  peer.target = peer.engine_io ? "/socket.io/?EIO=4&transport=websocket" : "/";
  return peer;
}

std::vector<Step> entry_script(Dialect dialect, const Entry& entry) {
  std::vector<Step> steps;
  if (dialect == Dialect::raw) {
    if (entry.join) steps.push_back({"j", "j"});
    return steps;
  }
  steps.push_back({"", "0{"});
  steps.push_back({entry.token.empty() ? "40" : R"(40{"token":")" + entry.token + R"("})", "40{"});
  if (entry.join) steps.push_back({R"(420["join","hall"])", "430["});
  return steps;
}

std::string publish_message(Dialect dialect, std::string_view text) {
  std::string message;
  message += dialect == Dialect::raw ? "p" : R"(42["publish","hall",")";
  if (dialect == Dialect::raw) message += kPublished;
  message += text;
  message += kEnd;
  return message;
}

std::string echo_message(Dialect dialect, std::uint32_t id, std::string_view text) {
  if (dialect == Dialect::raw) return 'e' + echo_answer(id, text);
  return "42" + std::to_string(id) + R"(["echo",")" + std::string(text) + std::string(kEnd);
}

std::optional<std::string_view> published_text(std::string_view message) {
  if (!message.starts_with(kPublished) || !message.ends_with(kEnd)) return std::nullopt;
  message.remove_prefix(kPublished.size());
  message.remove_suffix(kEnd.size());
  return message;
}

std::optional<std::uint32_t> echoed_id(std::string_view message) {
  const auto list = message.find('[');
  if (!message.starts_with("43") || list == message.npos) return std::nullopt;
  return read_number(message.substr(2, list - 2), 10);
}

std::string numbered_text(std::uint32_t number, std::size_t size) {
  std::string text(size, 'x');
  for (std::size_t i = kDigits; i-- > 0; number >>= 4) text[i] = "0123456789abcdef"[number & 15U];
  return text;
}

std::optional<std::uint32_t> number_of_text(std::string_view text) {
  if (text.size() < kDigits) return std::nullopt;
  return read_number(text.substr(0, kDigits), 16);
}

}  // namespace lectern::load
