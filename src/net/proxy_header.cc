#include "net/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <vector>

namespace lectern::net {
namespace {

using State = ProxyHeaderState;
using Read = std::variant<ProxyHeader, ProxyHeaderState>;

constexpr std::size_t kMaxLine = 107;  // with its CRLF
constexpr std::string_view kWord = "PROXY ";
constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kFixed = 16;  // of version 2

bool begins(std::string_view bytes, std::string_view with) {
  const auto size = std::min(bytes.size(), with.size());
  return bytes.substr(0, size) == with.substr(0, size);
}

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size()) ? text.data() : "";
}

// The address in the form in which the system writes it; "": it is none.
std::string canonical(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, text.c_str(), bytes.data()) == 1 ? text_of(family, bytes.data()) : "";
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const auto space = line.find(' ');
    words.emplace_back(line.substr(0, space));
    if (space == line.npos) return words;
    line.remove_prefix(space + 1);
  }
}

Read read_line(std::string_view bytes) {
  const auto end = bytes.substr(0, kMaxLine).find("\r\n");
  if (end == bytes.npos) return bytes.size() < kMaxLine ? State::incomplete : State::malformed;
  const auto words = words_of(bytes.substr(0, end));
  const auto& family = words[1];
  if (family == "UNKNOWN") return ProxyHeader{{}, end + 2};
  if (words.size() != 6 || (family != "TCP4" && family != "TCP6")) return State::malformed;
  auto address = canonical(family == "TCP4" ? AF_INET : AF_INET6, words[2]);
  if (address.empty()) return State::malformed;
  return ProxyHeader{std::move(address), end + 2};
}

Read read_binary(std::string_view bytes) {
  if (bytes.size() < kFixed) return State::incomplete;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const unsigned command = byte(12);
  const unsigned family = byte(13);
  const std::size_t rest = byte(14) * 256U + byte(15);
  const auto size = kFixed + rest;
  if (command != 0x20 && command != 0x21) return State::malformed;
  if (size > kMaxProxyHeader) return State::malformed;
  if (bytes.size() < size) return State::incomplete;
  ProxyHeader header{{}, size};
  if (command == 0x20) return header;  // LOCAL: the proxy looks whether we live
  const auto* const address = bytes.data() + kFixed;
  if (family == 0x11) {
    if (rest < 12) return State::malformed;
    header.address = text_of(AF_INET, address);
  } else if (family == 0x21) {
    if (rest < 36) return State::malformed;
    header.address = text_of(AF_INET6, address);
  }
  return header;
}

}  // namespace

Read read_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return State::incomplete;
  if (begins(bytes, kWord)) return read_line(bytes);
  if (begins(bytes, kSignature)) return read_binary(bytes);
  return State::malformed;
}

}  // namespace lectern::net
