#include "net/proxy_header.h"

#include <gtest/gtest.h>

namespace lectern::net {
namespace {

using State = ProxyHeaderState;

std::string address_in(const std::string& bytes) {
  const auto read = read_proxy_header(bytes);
  const auto* header = std::get_if<ProxyHeader>(&read);
  return header ? header->address + "/" + std::to_string(header->size) : "no header";
}

State state_of(const std::string& bytes) {
  const auto read = read_proxy_header(bytes);
  const auto* state = std::get_if<State>(&read);
  EXPECT_NE(state, nullptr) << bytes;
  return state ? *state : State::incomplete;
}

std::string version_2(char command, char family, std::string address, std::size_t claimed) {
  std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
  bytes += command;
  bytes += family;
  bytes += static_cast<char>(claimed / 256);
  bytes += static_cast<char>(claimed % 256);
  return bytes + address;
}

const std::string kFour("\xC0\x00\x02\x07\x0A\x00\x00\x01\x30\x39\x01\xBB", 12);
const std::string kSix = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01" +
                         std::string(16, '\0') + std::string("\x30\x39\x01\xBB", 4);

// C1, D12.
TEST(ProxyHeader, ALineNamesTheClient) {
  const std::string line = "PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\n";
  EXPECT_EQ(address_in(line + "GET / HTTP/1.1\r\n"), "192.0.2.7/" + std::to_string(line.size()));
  EXPECT_EQ(address_in("PROXY TCP6 2001:DB8:0::1 ::1 12345 443\r\n"), "2001:db8::1/40");
  EXPECT_EQ(address_in("PROXY UNKNOWN\r\n"), "/15");
  EXPECT_EQ(address_in("PROXY UNKNOWN ff:ff::1 ff::2 1 2\r\n"), "/34");
}

TEST(ProxyHeader, BytesNameTheClient) {
  EXPECT_EQ(address_in(version_2(0x21, 0x11, kFour, 12) + "GET"), "192.0.2.7/28");
  EXPECT_EQ(address_in(version_2(0x21, 0x21, kSix, 36)), "2001:db8::1/52");
  EXPECT_EQ(address_in(version_2(0x21, 0x11, kFour + "\x04more", 17)), "192.0.2.7/33");
  EXPECT_EQ(address_in(version_2(0x20, 0x00, "", 0)), "/16");
  EXPECT_EQ(address_in(version_2(0x21, 0x31, std::string(216, 'x'), 216)), "/232");
}

TEST(ProxyHeader, APartOfOneWaitsForTheRest) {
  for (const auto& whole : {std::string("PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\n"),
                            version_2(0x21, 0x11, kFour, 12), version_2(0x21, 0x21, kSix, 36)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(state_of(whole.substr(0, size)), State::incomplete) << size;
    }
  }
}

TEST(ProxyHeader, WhatIsNoneIsRefusedAtOnce) {
  EXPECT_EQ(state_of("G"), State::malformed);
  EXPECT_EQ(state_of("GET / HTTP/1.1\r\n"), State::malformed);
  EXPECT_EQ(state_of("PROXY \r\n"), State::malformed);
  EXPECT_EQ(state_of("PROXY TCP4\r\n"), State::malformed);
  EXPECT_EQ(state_of("PROXY TCP4 nobody 10.0.0.1 1 2\r\n"), State::malformed);
  EXPECT_EQ(state_of("PROXY TCP4 2001:db8::1 ::1 1 2\r\n"), State::malformed);
  EXPECT_EQ(state_of("PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n"), State::malformed);
  EXPECT_EQ(state_of("PROXY " + std::string(200, 'x')), State::malformed);
  EXPECT_EQ(state_of(version_2(0x11, 0x11, kFour, 12)), State::malformed);
  EXPECT_EQ(state_of(version_2(0x22, 0x11, kFour, 12)), State::malformed);
  EXPECT_EQ(state_of(version_2(0x21, 0x11, kFour.substr(4), 8)), State::malformed);
  EXPECT_EQ(state_of(version_2(0x21, 0x21, kFour, 12)), State::malformed);
  EXPECT_EQ(state_of(version_2(0x21, 0x11, kFour, 60'000)), State::malformed);
}

}  // namespace
}  // namespace lectern::net
