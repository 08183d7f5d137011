#include "server/content_coding.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <new>

namespace lectern::server {
namespace {

constexpr int kZlibWindow = 15;
constexpr int kGzipWrapper = 16;  // added to the window: deflateInit2() writes gzip then
constexpr int kMemoryLevel = 8;

// The parameter q of "gzip;q=0.5" is 0.
bool is_forbidden(std::string_view parameters) {
  const auto q = parameters.find("q=");
  if (q == std::string_view::npos) return false;
  const auto value = parameters.substr(q + 2);
  return value.starts_with('0') && value.find_first_of("123456789") == std::string_view::npos;
}

bool accepts(std::string_view header, std::string_view coding) {
  while (!header.empty()) {
    auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(item.size() + 1, header.size()));
    while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
    const auto name = item.substr(0, item.find_first_of("; \t"));
    const bool same = std::equal(name.begin(), name.end(), coding.begin(), coding.end(),
                                 [](unsigned char a, char b) { return std::tolower(a) == b; });
    if (same) return !is_forbidden(item.substr(name.size()));
  }
  return false;
}

}  // namespace

ContentCoding accepted_coding(std::string_view accept_encoding) {
  if (accepts(accept_encoding, "gzip")) return ContentCoding::gzip;
  if (accepts(accept_encoding, "deflate")) return ContentCoding::deflate;
  return ContentCoding::identity;
}

std::string encoded(std::string_view body, ContentCoding coding) {
  z_stream stream{};
  const int window = kZlibWindow + (coding == ContentCoding::gzip ? kGzipWrapper : 0);
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);  // the bound leaves room for all of it
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string_view name_of(ContentCoding coding) {
  return coding == ContentCoding::gzip ? "gzip" : "deflate";
}

}  // namespace lectern::server
