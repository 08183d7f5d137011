#include "websocket/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "websocket/encoder.h"

namespace lectern::websocket {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMax = 1'000'000;

// The message, or the name of its error.
std::string inflated(Inflater& inflater, std::string_view payload, Opcode opcode = Opcode::binary,
                     std::size_t max_payload = kMax) {
  std::string out;
  const auto message = inflater.inflate({opcode, payload, true}, max_payload, out);
  if (!message) return message.error().message();
  EXPECT_FALSE(message->compressed);
  EXPECT_EQ(message->opcode, opcode);
  return std::string(message->payload);
}

std::string inflated(std::string_view payload) {
  Inflater inflater;
  return inflated(inflater, payload);
}

std::string deflated(Deflater& deflater, std::string_view payload) {
  std::string out;
  deflater.deflate(payload, out);
  return out;
}

// Text that compresses about as well as real messages do.
std::string some_text(std::size_t size) {
  std::minstd_rand random(7);
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(random() % 1000) + ' ';
  text.resize(size);
  return text;
}

std::string some_noise(std::size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random() >> 8); });
  return bytes;
}

// RFC 7692 section 7.2.3.
TEST(Inflater, ReadsTheExamplesOfTheSpecification) {
  EXPECT_EQ(inflated("\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello") << "stored";
  EXPECT_EQ(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello") << "a last block";
  EXPECT_EQ(inflated("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s), "Hello")
      << "two blocks";
  EXPECT_EQ(inflated("\x00"s), "");
}

TEST(Inflater, KeepsTheContextWhenThatWasAgreed) {
  Inflater inflater(ContextTakeover::kept);
  EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\x00"s), "");
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
}

TEST(Inflater, KeepsTheContextOverALastBlock) {
  Inflater inflater(ContextTakeover::kept);
  EXPECT_EQ(inflated(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00"s), "Hello")
      << "without the block behind it";
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\x01"s), "") << "an empty last block";
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
}

// A peer that keeps its context, straight on zlib: every message refers to the ones before it.
class PeerWithContext {
 public:
  explicit PeerWithContext(int window_bits) {
    deflateInit2(&stream_, 9, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY);
  }
  ~PeerWithContext() { deflateEnd(&stream_); }
  PeerWithContext(const PeerWithContext&) = delete;
  PeerWithContext& operator=(const PeerWithContext&) = delete;

  std::string write(std::string text) {
    std::string out(text.size() + 1000, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream_, Z_SYNC_FLUSH), Z_OK);
    out.resize(out.size() - stream_.avail_out - 4);
    return out;
  }

 private:
  z_stream stream_{};
};

TEST(Inflater, FollowsAPeerThatKeepsItsContext) {
  for (const int bits : {9, 12, 15}) {
    PeerWithContext peer(bits);
    Inflater inflater(ContextTakeover::kept);
    const std::string first = some_noise(200);
    EXPECT_EQ(inflated(inflater, peer.write(first)), first);
    const std::string second = peer.write(first);
    EXPECT_LT(second.size(), 30u) << "it does not refer to the first";
    Inflater another;
    EXPECT_EQ(inflated(another, second), "malformed_frame");
    EXPECT_EQ(inflated(inflater, second), first);
    for (const std::size_t size : {1u, 5000u, 16384u, 40'000u, 100'000u, 7u}) {
      EXPECT_EQ(inflated(inflater, peer.write(some_noise(size))), some_noise(size));
      EXPECT_EQ(inflated(inflater, peer.write(some_text(size))), some_text(size));
    }
  }
}

TEST(Inflater, StartsEveryMessageAnewWithoutTakeover) {
  Inflater inflater;
  EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "malformed_frame");
  EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello") << "after an error";
}

TEST(Inflater, TakesAnEmptyPayloadForAnEmptyMessage) { EXPECT_EQ(inflated(""), ""); }

TEST(Inflater, RefusesWhatIsNotDeflate) {
  for (const std::string& payload :
       {"\xff"s, "\x07\x00"s, "\x06"s, "\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f\x00"s,
        "\xf2\x48\xcd\xc9\xc9\x07\x00\xff"s, "Hello"s, "\xf3\x48\xcd\xc9\xc9\x07\x00\xff"s,
        std::string(1000, '\xff')})
    EXPECT_EQ(inflated(payload), "malformed_frame") << testing::PrintToString(payload);
}

TEST(Inflater, RefusesAMessageThatWasCut) {
  Deflater deflater;
  const std::string whole = deflated(deflater, some_text(300));
  ASSERT_EQ(inflated(whole), some_text(300));
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_EQ(inflated(std::string_view(whole).substr(0, size)), "malformed_frame") << size;
}

// The message inflates to a thousand times its size.
TEST(Inflater, StopsABombAtTheLimit) {
  Deflater deflater;
  const std::string bomb = deflated(deflater, std::string(20'000'000, 'x'));
  ASSERT_LT(bomb.size(), 200'000u);
  Inflater inflater;
  std::string out;
  const auto message = inflater.inflate({Opcode::binary, bomb, true}, kMax, out);
  EXPECT_EQ(message.error(), Errc::payload_too_large);
  EXPECT_LE(out.capacity(), 2 * (kMax + 16384));
  EXPECT_EQ(inflated(inflater, "\x00"s), "") << "usable for the next connection";
}

TEST(Inflater, CountsToTheByte) {
  Deflater deflater;
  for (const std::size_t size : {1000u, 16384u, 100'000u}) {
    const std::string payload = deflated(deflater, std::string(size, 'x'));
    Inflater inflater;
    EXPECT_EQ(inflated(inflater, payload, Opcode::binary, size).size(), size);
    EXPECT_EQ(inflated(inflater, payload, Opcode::binary, size - 1), "payload_too_large");
  }
}

TEST(Inflater, ChecksTextAlone) {
  Deflater deflater;
  Inflater inflater;
  const std::string payload = deflated(deflater, "caf\xc3");
  EXPECT_EQ(inflated(inflater, payload, Opcode::text), "invalid_utf8");
  EXPECT_EQ(inflated(inflater, payload, Opcode::binary), "caf\xc3");
  EXPECT_EQ(inflated(inflater, deflated(deflater, "caf\xc3\xa9"), Opcode::text), "caf\xc3\xa9");
}

TEST(Inflater, LeavesOtherMessagesAlone) {
  Inflater inflater;
  std::string out = "kept";
  const auto message = inflater.inflate({Opcode::text, "plain", false}, 2, out).value();
  EXPECT_EQ(message.payload, "plain");
  EXPECT_EQ(out, "kept");
}

TEST(Deflater, WritesTheExamplesOfTheSpecification) {
  Deflater deflater;
  EXPECT_EQ(deflated(deflater, "Hello"), "\xf2\x48\xcd\xc9\xc9\x07\x00"s);
  EXPECT_EQ(deflated(deflater, "Hello"), "\xf2\x48\xcd\xc9\xc9\x07\x00"s) << "no takeover";
  EXPECT_EQ(deflated(deflater, ""), "\x00"s);
}

TEST(Deflater, AppendsWhatInflatesAgain) {
  Inflater inflater;
  for (const int bits : {9, 12, 15}) {
    for (const int level : {1, 9}) {
      Deflater deflater(bits, level);
      for (const std::size_t size : {1u, 100u, 16383u, 16384u, 16385u, 70'000u}) {
        for (const std::string& payload : {some_text(size), some_noise(size)}) {
          std::string out = "before";
          deflater.deflate(payload, out);
          ASSERT_EQ(inflated(inflater, out.substr(6)), payload) << bits << ' ' << size;
          EXPECT_NE(out.substr(out.size() - 4), "\x00\x00\xff\xff"s);
        }
      }
    }
  }
}

TEST(Deflater, ServesAnInflaterThatKeepsItsContext) {
  Deflater deflater;
  Inflater inflater(ContextTakeover::kept);
  for (std::size_t size = 0; size < 100'000; size += 9973)
    EXPECT_EQ(inflated(inflater, deflated(deflater, some_text(size))), some_text(size));
}

// Autobahn 12 and 13 in small: sizes, fragments and cuttings.
TEST(Deflate, GoesThroughTheDecoder) {
  Deflater deflater;
  Inflater inflater;
  for (const std::size_t size : {0u, 16u, 64u, 256u, 1024u, 4096u, 16384u, 131072u}) {
    const std::string payload = some_text(size);
    const std::string compressed = deflated(deflater, payload);
    for (const std::size_t fragment : {7u, 64u, 1u << 20}) {
      std::string wire;
      for (std::size_t at = 0; at < compressed.size(); at += fragment) {
        append_client_frame(wire, at == 0 ? Opcode::text : Opcode::continuation,
                            compressed.substr(at, fragment), 0x37fa213d,
                            /*fin=*/at + fragment >= compressed.size(), /*compressed=*/at == 0);
      }
      Decoder decoder(kMax, Role::server, Compression::deflate);
      std::string out;
      std::size_t messages = 0;
      for (std::size_t at = 0; at < wire.size(); at += 1000) {
        std::span<char> bytes(wire.data() + at, std::min<std::size_t>(1000, wire.size() - at));
        while (const auto message = decoder.next(bytes).value()) {
          EXPECT_EQ(inflater.inflate(*message, kMax, out).value().payload, payload);
          ++messages;
        }
      }
      EXPECT_EQ(messages, 1u);
    }
  }
}

}  // namespace
}  // namespace lectern::websocket
