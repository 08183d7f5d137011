#include "websocket/decoder.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "websocket/encoder.h"

namespace lectern::websocket {
namespace {

using namespace std::string_literals;

constexpr std::uint32_t kKey = 0x37fa213d;  // of the examples in RFC 6455 section 5.7

std::string frame(Opcode opcode, std::string_view payload, bool fin = true) {
  std::string out;
  append_client_frame(out, opcode, payload, kKey, fin);
  return out;
}

std::string close_payload(int code) {
  return {static_cast<char>(code >> 8), static_cast<char>(code)};
}

struct Outcome {
  std::vector<std::pair<Opcode, std::string>> messages;
  std::vector<bool> compressed;
  boost::system::error_code error;
  bool idle = false;
};

// Feeds the bytes in pieces of `piece`.
Outcome decode(Decoder decoder, std::string bytes, std::size_t piece) {
  Outcome outcome;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> part(bytes.data() + at, std::min(piece, bytes.size() - at));
    while (true) {
      const auto message = decoder.next(part);
      if (!message) {
        outcome.error = message.error();
        return outcome;
      }
      if (!*message) break;
      outcome.messages.emplace_back((*message)->opcode, (*message)->payload);
      outcome.compressed.push_back((*message)->compressed);
    }
  }
  outcome.idle = decoder.idle();
  return outcome;
}

Outcome decode(std::string bytes, std::size_t piece = 1 << 20, std::size_t max_payload = 1000) {
  return decode(Decoder(max_payload), std::move(bytes), piece);
}

TEST(Decoder, IsSmall) { EXPECT_LE(sizeof(Decoder), 64u); }

TEST(Decoder, HandsOutAFrameWhereItLies) {
  std::string bytes = frame(Opcode::text, "first") + frame(Opcode::text, "second");
  Decoder decoder(1000);
  std::span<char> rest(bytes);
  EXPECT_EQ(decoder.next(rest).value()->payload.data(), bytes.data() + 6);
  EXPECT_EQ(decoder.next(rest).value()->payload, "second");
  EXPECT_FALSE(decoder.next(rest).value());
  EXPECT_EQ(decoder.allocated(), 0u);
}

TEST(Decoder, OwnsNoMemoryBetweenMessages) {
  std::string bytes = frame(Opcode::text, std::string(300, 'x'), false) +
                      frame(Opcode::continuation, std::string(300, 'y'));
  Decoder decoder(1000);
  std::span<char> rest = std::span<char>(bytes).first(500);
  EXPECT_FALSE(decoder.next(rest).value());
  EXPECT_GT(decoder.allocated(), 0u);
  rest = std::span<char>(bytes).subspan(500);
  EXPECT_EQ(decoder.next(rest).value()->payload, std::string(300, 'x') + std::string(300, 'y'));
  EXPECT_FALSE(decoder.next(rest).value());
  EXPECT_TRUE(decoder.idle());
  EXPECT_EQ(decoder.allocated(), 0u);
}

TEST(Decoder, AllocatesByWhatCameAndNotByWhatIsAnnounced) {
  std::string bytes = "\x82\xff\x00\x00\x00\x00\x3b\x9a\xc9\xff"s + "mask" + std::string(100, 'x');
  Decoder decoder(1'000'000'000);
  std::span<char> rest(bytes);
  EXPECT_FALSE(decoder.next(rest).value());
  EXPECT_LE(decoder.allocated(), 2 * bytes.size());
}

TEST(Decoder, KeepsTheFragmentsWhileAControlFrameArrivesInPieces) {
  std::string bytes = frame(Opcode::text, "frag", false) + frame(Opcode::ping, "still there?") +
                      frame(Opcode::continuation, "ment");
  Decoder decoder(1000);
  std::vector<std::string> payloads;
  for (char& byte : bytes) {
    std::span<char> one(&byte, 1);
    if (const auto message = decoder.next(one).value()) payloads.emplace_back(message->payload);
  }
  EXPECT_EQ(payloads, (std::vector<std::string>{"still there?", "fragment"}));
}

TEST(Decoder, ReadsTheMaskedExampleOfTheSpecification) {
  const auto outcome = decode("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  ASSERT_EQ(outcome.messages.size(), 1u);
  EXPECT_EQ(outcome.messages[0], std::pair(Opcode::text, "Hello"s));
}

TEST(Decoder, GivesTheSameMessagesForEveryCuttingOfTheBytes) {
  const std::string bytes =
      frame(Opcode::text, "one") + frame(Opcode::ping, "p") + frame(Opcode::text, "frag", false) +
      frame(Opcode::pong, "") + frame(Opcode::continuation, "", false) +
      frame(Opcode::continuation, "ment") + frame(Opcode::binary, std::string(300, '\xff')) +
      frame(Opcode::text, "") + frame(Opcode::close, "\x03\xe8"s + "bye");
  const std::vector<std::pair<Opcode, std::string>> expected = {
      {Opcode::text, "one"},
      {Opcode::ping, "p"},
      {Opcode::pong, ""},
      {Opcode::text, "fragment"},
      {Opcode::binary, std::string(300, '\xff')},
      {Opcode::text, ""},
      {Opcode::close, "\x03\xe8"s + "bye"}};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto outcome = decode(bytes, piece);
    ASSERT_EQ(outcome.messages, expected) << "in pieces of " << piece;
    ASSERT_FALSE(outcome.error);
    ASSERT_TRUE(outcome.idle) << "keeps something after the last message";
  }
}

TEST(Decoder, RefusesWhatNoClientMaySend) {
  const std::string mask = "\x37\xfa\x21\x3d";
  for (const std::string& bytes : {
           "\x81\x01x"s,                            // not masked
           "\xc1\x80"s + mask,                      // RSV1
           "\xa1\x80"s + mask, "\x91\x80"s + mask,  // RSV2, RSV3
           "\x83\x80"s + mask, "\x8b\x80"s + mask,  // reserved opcodes
           "\x09\x80"s + mask,                      // a ping in fragments
           "\x89\xfe\x00\x7e"s + mask,              // a long ping
           "\x80\x80"s + mask,                      // continues nothing
           "\x81\xfe\x00\x05"s + mask + "hello",    // 16 bits where 7 do
           "\x81\xff\x00\x00\x00\x00\x00\x00\x00\x01"s + mask,
           "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00"s + mask,  // the top bit
       }) {
    EXPECT_EQ(decode(bytes).error, Errc::malformed_frame);
    EXPECT_EQ(decode(bytes, 1).error, Errc::malformed_frame);
  }
  EXPECT_EQ(decode(frame(Opcode::text, "a", false) + frame(Opcode::text, "b")).error,
            Errc::malformed_frame)
      << "a new message inside a fragmented one";
}

// RFC 6455 section 5.1: a client closes when a frame is masked.
TEST(Decoder, OfAClientTakesWhatAServerSends) {
  std::string bytes;
  append_frame(bytes, Opcode::text, "one");
  append_frame(bytes, Opcode::ping, "p");
  bytes +=
      "\x01\x04"
      "frag\x80\x04"
      "ment";
  append_frame(bytes, Opcode::binary, std::string(300, '\xff'));
  append_frame(bytes, Opcode::text, "");
  const std::vector<std::pair<Opcode, std::string>> expected = {
      {Opcode::text, "one"},
      {Opcode::ping, "p"},
      {Opcode::text, "fragment"},
      {Opcode::binary, std::string(300, '\xff')},
      {Opcode::text, ""}};
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto outcome = decode(Decoder(1000, Role::client), bytes, piece);
    ASSERT_EQ(outcome.messages, expected) << "in pieces of " << piece;
    ASSERT_TRUE(outcome.idle);
  }
  EXPECT_EQ(decode(Decoder(1000, Role::client), frame(Opcode::text, "x"), 1).error,
            Errc::malformed_frame);
  EXPECT_EQ(decode(Decoder(2, Role::client), "\x81\x03", 2).error, Errc::payload_too_large);
}

// RFC 7692 section 6.
TEST(Decoder, TakesRsv1WhereAMessageStarts) {
  const auto decode_deflate = [](const std::string& bytes, std::size_t piece) {
    return decode(Decoder(1000, Role::client, Compression::deflate), bytes, piece);
  };
  for (const std::size_t piece : {1u, 2u, 100u}) {
    const auto outcome = decode_deflate(
        "\xc1\x01\xff"
        "\x42\x01\xfe\x89\x00\x80\x01\xfd"
        "\x81\x01z"s,
        piece);
    ASSERT_FALSE(outcome.error);
    EXPECT_EQ(outcome.messages,
              (std::vector<std::pair<Opcode, std::string>>{{Opcode::text, "\xff"},
                                                           {Opcode::ping, ""},
                                                           {Opcode::binary, "\xfe\xfd"},
                                                           {Opcode::text, "z"}}))
        << "text that is compressed is not UTF-8 yet";
    EXPECT_EQ(outcome.compressed, (std::vector<bool>{true, false, true, false}));
  }
  for (const std::string& bytes :
       {"\x01\x00\xc0\x00"s, "\x41\x00\xc0\x00"s, "\xc9\x00"s, "\xc8\x00"s, "\xca\x00"s,
        "\xe1\x00"s, "\xd1\x00"s, "\xa1\x00"s, "\x91\x00"s})
    EXPECT_EQ(decode_deflate(bytes, 1).error, Errc::malformed_frame)
        << testing::PrintToString(bytes);
  EXPECT_EQ(decode_deflate("\x81\x01\xff", 3).error, Errc::invalid_utf8);
}

TEST(Decoder, RefusesALongMessageBeforeItArrives) {
  EXPECT_EQ(decode("\x81\xfe\x03\xe9"s).error, Errc::payload_too_large) << "1001 of 1000 bytes";
  EXPECT_EQ(decode("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s).error, Errc::payload_too_large);
  EXPECT_EQ(decode(frame(Opcode::text, std::string(600, 'x'), false) +
                   frame(Opcode::continuation, std::string(401, 'x')))
                .error,
            Errc::payload_too_large);
  EXPECT_FALSE(decode(frame(Opcode::text, std::string(1000, 'x'))).error);
}

TEST(Decoder, CountsFragmentsAlsoWhenTheyAreEmpty) {
  std::string bytes = frame(Opcode::text, "", false);
  for (int i = 0; i < 65536; ++i) bytes += frame(Opcode::continuation, "", false);
  EXPECT_EQ(decode(bytes).error, Errc::malformed_frame);
}

TEST(Decoder, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(decode(frame(Opcode::text, "\xff")).error, Errc::invalid_utf8);
  EXPECT_EQ(decode(frame(Opcode::text, "\xc3", false) + frame(Opcode::continuation, "x")).error,
            Errc::invalid_utf8);
  EXPECT_FALSE(
      decode(frame(Opcode::text, "\xc3", false) + frame(Opcode::continuation, "\xa9")).error);
  EXPECT_EQ(decode(frame(Opcode::close, "\x03\xe8\xff")).error, Errc::invalid_utf8);
}

TEST(Decoder, ChecksTheCodeOfAClose) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000})
    EXPECT_EQ(decode(frame(Opcode::close, close_payload(code))).error, Errc::malformed_frame)
        << code;
  for (const int code : {1000, 1003, 1007, 1014, 3000, 4999})
    EXPECT_FALSE(decode(frame(Opcode::close, close_payload(code))).error) << code;
  EXPECT_EQ(decode(frame(Opcode::close, "x")).error, Errc::malformed_frame);
}

}  // namespace
}  // namespace lectern::websocket
