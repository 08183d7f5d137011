#include "client/http_answer.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

// What comes of `wire` when it arrives in pieces of `piece` bytes.
Result<std::optional<HttpAnswer>> read_in(std::string_view wire, std::size_t piece,
                                          std::string* behind = nullptr) {
  HttpAnswerReader reader(/*max_body=*/100);
  while (!wire.empty()) {
    std::string_view bytes = wire.substr(0, piece);
    wire.remove_prefix(bytes.size());
    auto answer = reader.read(bytes);
    if (behind != nullptr) *behind = bytes;
    if (!answer || *answer) return answer;
  }
  return std::optional<HttpAnswer>{};
}

TEST(HttpAnswerReader, ReadsALengthAndLeavesWhatFollows) {
  constexpr auto* kWire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n0{\"a\"rest";
  std::string behind;
  const auto answer = read_in(kWire, 1000, &behind);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ((*answer)->body, "0{\"a\"");
  EXPECT_TRUE((*answer)->keep_alive);
  EXPECT_EQ(behind, "rest");
}

TEST(HttpAnswerReader, ReadsWhateverThePiecesAre) {
  constexpr std::string_view kWire =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
      "Connection: close\r\n\r\n3\r\n4ab\r\n2\r\ncd\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= kWire.size(); ++piece) {
    const auto answer = read_in(kWire, piece);
    ASSERT_TRUE(answer && *answer) << piece;
    EXPECT_EQ((*answer)->body, "4abcd") << piece;
    EXPECT_FALSE((*answer)->keep_alive);
  }
}

TEST(HttpAnswerReader, ReadsASwitchOfProtocols) {
  std::string behind;
  const auto answer = read_in(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x01x",
      1000, &behind);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->status, 101);
  EXPECT_EQ((*answer)->upgrade, "WebSocket");
  EXPECT_EQ((*answer)->websocket_accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(behind, "\x81\x01x");
}

TEST(HttpAnswerReader, ABodyMayEndWithTheConnection) {
  HttpAnswerReader reader(100);
  std::string_view bytes = "HTTP/1.1 400 Bad Request\r\n\r\nno";
  ASSERT_TRUE(reader.read(bytes));
  const auto answer = reader.end();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "no");
}

TEST(HttpAnswerReader, ACutAnswerIsNone) {
  HttpAnswerReader reader(100);
  std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc";
  ASSERT_TRUE(reader.read(bytes));
  EXPECT_EQ(reader.end().error(), Errc::malformed_packet);
  EXPECT_EQ(HttpAnswerReader(100).end().error(), Errc::malformed_packet);
}

TEST(HttpAnswerReader, RefusesWhatIsTooLargeOrNoHttp) {
  EXPECT_EQ(read_in("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", 1000).error(),
            Errc::payload_too_large);
  EXPECT_EQ(read_in("SSH-2.0-OpenSSH\r\n\r\n", 1000).error(), Errc::malformed_packet);
  EXPECT_EQ(read_in("HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x'), 1000).error(),
            Errc::malformed_packet);
}

TEST(HttpRequest, WritesABodyWithItsLength) {
  EXPECT_EQ(http_request("POST", "a:1", "/x?y", {{"X-A", "b"}}, "text/plain", "4hi"),
            "POST /x?y HTTP/1.1\r\nHost: a:1\r\nX-A: b\r\nContent-Type: text/plain\r\n"
            "Content-Length: 3\r\n\r\n4hi");
}

}  // namespace
}  // namespace lectern::client
