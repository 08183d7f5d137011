#include "engine/handshake_query.h"

#include <string>

#include <gtest/gtest.h>

namespace lectern::engine {
namespace {

HandshakeError error_of(std::string_view query) {
  const auto parsed = parse_handshake_query(query);
  EXPECT_FALSE(parsed) << query;
  return parsed ? HandshakeError::forbidden : parsed.error();
}

TEST(HandshakeQuery, ReadsWhatStockClientsSend) {
  const auto first = parse_handshake_query("EIO=4&transport=polling&t=PabcD1x");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->transport, Transport::polling);
  EXPECT_EQ(first->sid, "");
  EXPECT_FALSE(first->jsonp);
  EXPECT_FALSE(first->base64);

  const auto upgrade = parse_handshake_query("EIO=4&transport=websocket&sid=lv_VI97HAXpY6yYWAAAB");
  ASSERT_TRUE(upgrade);
  EXPECT_EQ(upgrade->transport, Transport::websocket);
  EXPECT_EQ(upgrade->sid, "lv_VI97HAXpY6yYWAAAB");

  const auto old = parse_handshake_query("EIO=4&transport=polling&j=12&b64=1");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->jsonp, "12");
  EXPECT_TRUE(old->base64);
}

TEST(HandshakeQuery, DecodesNamesAndValuesOnce) {
  const auto query = parse_handshake_query("%45IO=4&transp%6Frt=%70olling&sid=a%2541+b");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->sid, "a%41 b");
}

// CVE-2023-31125.
TEST(HandshakeQuery, KnowsTwoTransportsAndNoOther) {
  for (const char* transport :
       {"__proto__", "constructor", "toString", "", "Polling", "polling%00", "webtransport",
        "polling&transport=polling", "polling&transport=websocket"}) {
    EXPECT_EQ(error_of("EIO=4&transport=" + std::string(transport)),
              HandshakeError::transport_unknown);
  }
  EXPECT_EQ(error_of(""), HandshakeError::transport_unknown);
  EXPECT_EQ(error_of("EIO=4"), HandshakeError::transport_unknown);
  EXPECT_EQ(error_of("EIO=4&transport[]=polling"), HandshakeError::transport_unknown);
}

TEST(HandshakeQuery, WantsVersionFourOfANewSession) {
  for (const char* version : {"", "EIO=&", "EIO=3&", "EIO=5&", "EIO=abc&", "EIO=04&", "EIO=4%20&"})
    EXPECT_EQ(error_of(std::string(version) + "transport=polling"),
              HandshakeError::unsupported_version);
  EXPECT_EQ(error_of("EIO=3&transport=polling&sid="), HandshakeError::unsupported_version);
  EXPECT_TRUE(parse_handshake_query("transport=polling&sid=known"));
}

TEST(HandshakeQuery, RefusesANameGivenTwice) {
  for (const char* twice : {"EIO=4", "sid=a", "j=1", "b64=1", "s%69d=a"})
    EXPECT_EQ(error_of("EIO=4&transport=polling&sid=a&j=1&b64=1&" + std::string(twice)),
              HandshakeError::bad_request);
  EXPECT_TRUE(parse_handshake_query("EIO=4&transport=polling&room=1&room=2"))
      << "other names are the application's";
}

TEST(HandshakeQuery, RefusesBrokenPercents) {
  for (const char* broken : {"%", "%4", "%zz", "%4g", "%-1", "%%41", "% 41"}) {
    EXPECT_EQ(error_of("EIO=4&transport=polling&sid=" + std::string(broken)),
              HandshakeError::bad_request);
    EXPECT_EQ(error_of("EIO=4&transport=polling&" + std::string(broken) + "=x"),
              HandshakeError::bad_request);
  }
}

TEST(HandshakeQuery, WantsANumberForTheCallback) {
  for (const char* callback : {"", "x", "1;alert(1)", "-1", "1.5", "%E2%80%A8"})
    EXPECT_EQ(error_of("EIO=4&transport=polling&j=" + std::string(callback)),
              HandshakeError::bad_request);
}

TEST(HandshakeError, HasTheBodyThatStockClientsKnow) {
  EXPECT_EQ(json_body(HandshakeError::transport_unknown),
            R"({"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(json_body(HandshakeError::session_unknown),
            R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(json_body(HandshakeError::bad_method),
            R"({"code":2,"message":"Bad handshake method"})");
  EXPECT_EQ(json_body(HandshakeError::bad_request), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(json_body(HandshakeError::forbidden), R"({"code":4,"message":"Forbidden"})");
  EXPECT_EQ(json_body(HandshakeError::unsupported_version),
            R"({"code":5,"message":"Unsupported protocol version"})");
  EXPECT_EQ(http_status(HandshakeError::forbidden), 403u);
  EXPECT_EQ(http_status(HandshakeError::session_unknown), 400u);
}

}  // namespace
}  // namespace lectern::engine
