#include "server/content_coding.h"

#include <zlib.h>

#include <string>

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

// What was encoded: zlib finds out by itself whether it is gzip or zlib.
std::string decoded(const std::string& bytes, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 32), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST(ContentCoding, IsTheOneThatTheClientTakes) {
  EXPECT_EQ(accepted_coding("gzip, deflate, br"), ContentCoding::gzip);
  EXPECT_EQ(accepted_coding("br;q=1.0, GZIP;q=0.8"), ContentCoding::gzip);
  EXPECT_EQ(accepted_coding("gzip;q=0, deflate"), ContentCoding::deflate);
  EXPECT_EQ(accepted_coding("gzip;q=0.000"), ContentCoding::identity);
  EXPECT_EQ(accepted_coding("br"), ContentCoding::identity);
  EXPECT_EQ(accepted_coding("xgzip, gzipx"), ContentCoding::identity);
  EXPECT_EQ(accepted_coding(""), ContentCoding::identity);
}

TEST(ContentCoding, GivesTheBodyBack) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "42[\"event\"," + std::to_string(i) + "]\x1e";
  for (const auto coding : {ContentCoding::gzip, ContentCoding::deflate}) {
    const auto bytes = encoded(body, coding);
    EXPECT_LT(bytes.size(), body.size() / 2);
    EXPECT_EQ(decoded(bytes, body.size()), body);
  }
  EXPECT_EQ(encoded(body, ContentCoding::gzip).substr(0, 2), "\x1f\x8b");
}

}  // namespace
}  // namespace lectern::server
