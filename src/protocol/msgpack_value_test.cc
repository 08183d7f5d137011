#include "protocol/msgpack_value.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <boost/json/memory_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace lectern::protocol {
namespace {

namespace json = boost::json;
using namespace std::string_literals;

// What these bytes hold, as JSON; "malformed" for what is refused.
std::string json_of(std::string_view bytes, Attachments* attachments = nullptr,
                    std::size_t max_attachments = 10) {
  Attachments local;
  const auto value =
      decode_msgpack_value(bytes, attachments == nullptr ? local : *attachments, max_attachments);
  if (value) return json::serialize(*value);
  EXPECT_EQ(value.error(), Errc::malformed_packet);
  return "malformed";
}

std::string written(const json::value& value, const Attachments& attachments = {}) {
  std::string out;
  append_msgpack(out, value, attachments);
  return out;
}

std::string unhex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

struct Pair {
  std::string bytes;
  const char* text;
};

// The least width of every integer, which is what JavaScript peers write as well.
const Pair kCanonical[] = {
    {"\xc0"s, "null"},
    {"\xc2"s, "false"},
    {"\xc3"s, "true"},
    {"\x00"s, "0"},
    {"\x7f"s, "127"},
    {"\xcc\x80"s, "128"},
    {"\xcc\xff"s, "255"},
    {"\xcd\x01\x00"s, "256"},
    {"\xcd\xff\xff"s, "65535"},
    {"\xce\x00\x01\x00\x00"s, "65536"},
    {"\xce\xff\xff\xff\xff"s, "4294967295"},
    {"\xcf\x00\x00\x00\x01\x00\x00\x00\x00"s, "4294967296"},
    {"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"s, "9223372036854775807"},
    {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"s, "18446744073709551615"},
    {"\xff"s, "-1"},
    {"\xe0"s, "-32"},
    {"\xd0\xdf"s, "-33"},
    {"\xd0\x80"s, "-128"},
    {"\xd1\xff\x7f"s, "-129"},
    {"\xd1\x80\x00"s, "-32768"},
    {"\xd2\xff\xff\x7f\xff"s, "-32769"},
    {"\xd2\x80\x00\x00\x00"s, "-2147483648"},
    {"\xd3\xff\xff\xff\xff\x7f\xff\xff\xff"s, "-2147483649"},
    {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s, "-9223372036854775808"},
    {"\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s, "1.5E0"},
    {"\xa0"s, "\"\""},
    {"\xa2\xc3\xa9"s, "\"\xc3\xa9\""},
    {"\x90"s, "[]"},
    {"\x93\x01\xa1x\x91\xc0"s, "[1,\"x\",[null]]"},
    {"\x80"s, "{}"},
    {"\x82\xa1"
     "a\x01\xa0\x80"s,
     "{\"a\":1,\"\":{}}"},
};

TEST(Msgpack, ReadsAndWritesTheShortestForms) {
  for (const auto& [bytes, text] : kCanonical) {
    EXPECT_EQ(json_of(bytes), text);
    EXPECT_EQ(written(json::parse(text)), bytes) << text;
  }
}

TEST(Msgpack, ReadsWiderFormsThanItWrites) {
  EXPECT_EQ(json_of("\xcc\x01"s), "1");
  EXPECT_EQ(json_of("\xcf\x00\x00\x00\x00\x00\x00\x00\x01"s), "1");
  EXPECT_EQ(json_of("\xd0\x7f"s), "127");
  EXPECT_EQ(json_of("\xd1\xff\xff"s), "-1");
  EXPECT_EQ(json_of("\xd3\x00\x00\x00\x00\x00\x00\x00\x05"s), "5");
  EXPECT_EQ(json_of("\xca\x3f\xc0\x00\x00"s), "1.5E0");
  EXPECT_EQ(json_of("\xd9\x01x"s), "\"x\"");
  EXPECT_EQ(json_of("\xda\x00\x01x"s), "\"x\"");
  EXPECT_EQ(json_of("\xdb\x00\x00\x00\x01x"s), "\"x\"");
  EXPECT_EQ(json_of("\xdc\x00\x01\x07"s), "[7]");
  EXPECT_EQ(json_of("\xdd\x00\x00\x00\x01\x07"s), "[7]");
  EXPECT_EQ(json_of("\xde\x00\x01\xa1x\x07"s), "{\"x\":7}");
  EXPECT_EQ(json_of("\xdf\x00\x00\x00\x01\xd9\x01x\x07"s), "{\"x\":7}");
}

TEST(Msgpack, WritesSizesAtTheirBounds) {
  const auto start = [](const json::value& value) { return written(value).substr(0, 5); };
  EXPECT_EQ(start(json::string(31, 'x')), "\xbfxxxx");
  EXPECT_EQ(start(json::string(32, 'x')), "\xd9\x20xxx");
  EXPECT_EQ(start(json::string(255, 'x')), "\xd9\xffxxx");
  EXPECT_EQ(start(json::string(256, 'x')), "\xda\x01\x00xx"s);
  EXPECT_EQ(start(json::string(65536, 'x')), "\xdb\x00\x01\x00\x00"s);
  EXPECT_EQ(start(json::array(15, 1)), "\x9f\x01\x01\x01\x01"s);
  EXPECT_EQ(start(json::array(16, 1)), "\xdc\x00\x10\x01\x01"s);
  EXPECT_EQ(start(json::array(65536, 1)), "\xdd\x00\x01\x00\x00"s);
  json::object object;
  for (int i = 0; i < 16; ++i) object[std::to_string(i)] = i;
  EXPECT_EQ(start(object),
            "\xde\x00\x10\xa1"
            "0"s);
  object.erase("7");
  EXPECT_EQ(start(object).substr(0, 2), "\x8f\xa1");
  const json::value binary = placeholder(0);
  EXPECT_EQ(written(binary, {std::string(255, 'b')}).substr(0, 3),
            "\xc4\xff"
            "b");
  EXPECT_EQ(written(binary, {std::string(256, 'b')}).substr(0, 4),
            "\xc5\x01\x00"
            "b"s);
  EXPECT_EQ(written(binary, {std::string(65536, 'b')}).substr(0, 6),
            "\xc6\x00\x01\x00\x00"
            "b"s);
}

// The example of a cluster's emitter.
TEST(Msgpack, ReadsWhatTheReferenceWrites) {
  const std::string bytes = unhex(
      "93a7656d697474657283a47479706502a46461746192a568656c6c6fa5776f726c64a36e7370a12f83a5726f6f6d"
      "7391a5726f6f6d31a5666c61677380a665786365707490");
  const char* const text = R"(["emitter",{"type":2,"data":["hello","world"],"nsp":"/"},)"
                           R"({"rooms":["room1"],"flags":{},"except":[]}])";
  EXPECT_EQ(json_of(bytes), text);
  EXPECT_EQ(written(json::parse(text)), bytes);
}

TEST(Msgpack, MakesAttachmentsOfBinaries) {
  Attachments attachments;
  EXPECT_EQ(json_of("\x94\xc4\x02\x00\xff\xc7\x01\x00z\xd5\x00yy\xc7\x08\x00"
                    "12345678"s,
                    &attachments),
            R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},)"
            R"({"_placeholder":true,"num":2},{"_placeholder":true,"num":3}])");
  EXPECT_EQ(attachments, (Attachments{"\x00\xff"s, "z", "yy", "12345678"}));
  for (const std::string& bytes : {"\xc5\x00\x01z"s, "\xc6\x00\x00\x00\x01z"s, "\xc8\x00\x01\x00z"s,
                                   "\xc9\x00\x00\x00\x01\x00z"s, "\xc4\x01z"s}) {
    attachments.clear();
    EXPECT_EQ(json_of(bytes, &attachments), R"({"_placeholder":true,"num":0})");
    EXPECT_EQ(attachments, Attachments{"z"});
  }
}

TEST(Msgpack, KnowsUndefinedAndDates) {
  EXPECT_EQ(json_of("\x92\xd4\x00\x00\x01"s), "[null,1]");
  EXPECT_EQ(json_of("\xd7\x00\x00\x00\x01\x99\x9c\x82\xcc\x00"s), "1759267441664");
  EXPECT_EQ(json_of("\xd7\x00\xff\xff\xff\xff\xff\xff\xff\xff"s), "-1") << "before 1970";
}

TEST(Msgpack, HasNoNumbersThatJsonLacks) {
  EXPECT_EQ(json_of("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"s), "null");
  EXPECT_EQ(json_of("\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"s), "null");
  EXPECT_EQ(json_of("\xca\x7f\x80\x00\x00"s), "null");
}

TEST(Msgpack, RefusesOtherExtensions) {
  for (const std::string& bytes :
       {"\xd4\x01z"s, "\xd4\xffz"s, "\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x00"s,  // a timestamp
        "\xd6\xff\x00\x00\x00\x00"s, "\xc7\x01\x01\x31"s, "\xd8\x05xxxxxxxxxxxxxxxx"s, "\xc1"s})
    EXPECT_EQ(json_of(bytes), "malformed");
}

TEST(Msgpack, RefusesWhatEndsTooEarly) {
  for (const auto& [bytes, text] : kCanonical)
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_EQ(json_of(bytes.substr(0, size)), "malformed") << text << " cut to " << size;
  for (const std::string& lead : {"\xc4"s, "\xc5"s, "\xc6"s, "\xc7"s, "\xc8"s, "\xc9"s, "\xca"s,
                                  "\xd4"s, "\xd5"s, "\xd6"s, "\xd7"s, "\xd8"s, "\xd9"s, "\xda"s})
    EXPECT_EQ(json_of(lead + "\x01"), "malformed");
}

// The size is not believed: the run would take gigabytes.
TEST(Msgpack, TakesNoMemoryForAnnouncedSizes) {
  for (const std::string& bytes :
       {"\xdd\xff\xff\xff\xff"s, "\xdf\xff\xff\xff\xff"s, "\xdb\xff\xff\xff\xff"s,
        "\xc6\xff\xff\xff\xff"s, "\xc9\xff\xff\xff\xff\x00"s, "\xdd\xff\xff\xff\xff\x01\x02"s})
    EXPECT_EQ(json_of(bytes), "malformed");
}

TEST(Msgpack, BoundsTheDepthAsJsonDoes) {
  EXPECT_EQ(json_of(std::string(31, '\x91') + "\x90").size(), 64u);
  EXPECT_EQ(json_of(std::string(32, '\x91') + "\x90"), "malformed");
  EXPECT_EQ(json_of(std::string(100'000, '\x91')), "malformed");
  std::string maps;
  for (int i = 0; i < 100'000; ++i) maps += "\x81\xa0";
  EXPECT_EQ(json_of(maps), "malformed");
}

TEST(Msgpack, RefusesKeysThatNoObjectHas) {
  for (const std::string& bytes :
       {"\x81\x01\x01"s, "\x81\xc0\x01"s, "\x81\xc4\x01x\x01"s, "\x81\xd4\x00\x00\x01"s,
        "\x81\x90\x01"s, "\x82\xa1x\x01\xa1x\x02"s, "\x82\xa1x\x01\xd9\x01x\x02"s})
    EXPECT_EQ(json_of(bytes), "malformed");
}

TEST(Msgpack, RefusesTextThatIsNotUtf8) {
  for (const std::string& bytes :
       {"\xa1\xff"s, "\xa3\xed\xa0\x80"s, "\xd9\x01\xc3"s, "\x81\xa1\xff\x01"s})
    EXPECT_EQ(json_of(bytes), "malformed");
}

TEST(Msgpack, RefusesTrailingBytesAndTooManyBinaries) {
  EXPECT_EQ(json_of("\x01\x01"s), "malformed");
  EXPECT_EQ(json_of("\x92\xc4\x00\xc4\x00"s, nullptr, 2).substr(0, 1), "[");
  EXPECT_EQ(json_of("\x93\xc4\x00\xc4\x00\xc4\x00"s, nullptr, 2), "malformed");
}

class Measuring final : public json::memory_resource {
 public:
  std::size_t most() const { return most_; }

 private:
  void* do_allocate(std::size_t size, std::size_t) override {
    held_ += size;
    most_ = std::max(most_, held_);
    return ::operator new(size);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t) override {
    held_ -= size;
    ::operator delete(memory);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::size_t held_ = 0;
  std::size_t most_ = 0;
};

TEST(Msgpack, TakesMemoryInProportionToTheBytes) {
  for (const std::string& item :
       {"\xc0"s, "\x90"s, "\x80"s, "\xa0"s, "\x91\xc0"s, "\x81\xa0\xc0"s, "\x81\xa1x\x91\x90"s}) {
    std::string bytes;
    std::size_t items = 0;
    for (; bytes.size() < 60'000; ++items) bytes += item;
    std::string message = "\xdd";
    for (int shift = 24; shift >= 0; shift -= 8)
      message += static_cast<char>(items >> shift & 0xff);
    Measuring storage;
    Attachments attachments;
    ASSERT_TRUE(decode_msgpack_value(message + bytes, attachments, 0, &storage));
    EXPECT_LE(storage.most(), 48 * bytes.size()) << testing::PrintToString(item);
  }
}

TEST(Msgpack, KeepsWhatJavaScriptWouldNot) {
  EXPECT_EQ(json_of("\x81\xa9__proto__\x01"s), R"({"__proto__":1})");
  EXPECT_EQ(json_of("\xcf\x00\x20\x00\x00\x00\x00\x00\x01"s), "9007199254740993");
  EXPECT_EQ(json_of("\xcb\x80\x00\x00\x00\x00\x00\x00\x00"s), "-0E0");
}

// A peer that writes the placeholder itself would point at the binary of another.
TEST(Msgpack, LetsNoMapPassForAPlaceholder) {
  const std::string forged = "\x82\xac_placeholder\xc3\xa3num\x00"s;
  EXPECT_EQ(json_of(forged), R"({"_placeholder":true,"num":0})") << "plain data without binaries";
  EXPECT_EQ(json_of("\x92" + forged + "\xc4\x01x"), "malformed");
  EXPECT_EQ(json_of("\x92\xc4\x01x\x82\xac_placeholder\xc3\xa3num\x05"s), "malformed");
}

TEST(Msgpack, WritesAPlaceholderWithoutAnAttachmentAsAMap) {
  const std::string map = "\x82\xac_placeholder\xc3\xa3num\x02"s;
  EXPECT_EQ(written(placeholder(2)), map);
  EXPECT_EQ(written(placeholder(2), {"a", "b"}), map);
  EXPECT_EQ(written(placeholder(2), {"a", "b", "c"}),
            "\xc4\x01"
            "c");
}

}  // namespace
}  // namespace lectern::protocol
