#include "websocket/deflate.h"

#include <zlib.h>

#include <cassert>
#include <limits>
#include <new>

#include "base/utf8.h"

namespace lectern::websocket {
namespace {

constexpr std::size_t kChunk = 16384;
constexpr int kMemLevel = 7;

// What a sender leaves out: the end of an empty block without compression.
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);

// What zlib says of its state beside the number of bits left over.
constexpr int kLastBlock = 64;
constexpr int kBehindABlock = 128;

void set_input(z_stream& stream, std::string_view input) {
  assert(input.size() <= std::numeric_limits<uInt>::max());
  // zlib does not write through it; its type is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
}

void set_output(z_stream& stream, char (&chunk)[kChunk]) {
  stream.next_out = reinterpret_cast<Bytef*>(chunk);
  stream.avail_out = kChunk;
}

// Whether the input ended right behind a block, with no bit left over.
bool is_behind_a_block(const z_stream& stream) {
  return (stream.data_type & ~kLastBlock) == kBehindABlock;
}

}  // namespace

void Inflater::End::operator()(z_stream* stream) const {
  inflateEnd(stream);
  delete stream;
}

Inflater::Inflater(ContextTakeover takeover) : stream_(new z_stream{}), takeover_(takeover) {
  // A window larger than the peer's is no harm.
  if (inflateInit2(stream_.get(), -kMaxWindowBits) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Result<Message> Inflater::inflate(const Message& message, std::size_t max_payload,
                                  std::string& out) {
  if (!message.compressed) return message;
  out.clear();
  if (takeover_ == ContextTakeover::none) inflateReset(stream_.get());
  // No encoder has to make nothing of nothing, but some do.
  if (!message.payload.empty()) {
    const auto done = run_to_end(message.payload, max_payload, out);
    if (!done) return done.error();
  }
  if (message.opcode == Opcode::text && !is_valid_utf8(out)) return Errc::invalid_utf8;
  return Message{message.opcode, out};
}

Result<void> Inflater::run_to_end(std::string_view input, std::size_t max_size, std::string& out) {
  if (const auto done = run(input, Z_SYNC_FLUSH, max_size, out); !done) return done.error();
  if (ended_) return {};
  // Z_BLOCK makes zlib tell whether the tail completed a block; without that, a message that was
  // cut would pass.
  if (const auto done = run(kTail, Z_BLOCK, max_size, out); !done) return done.error();
  if (!ended_ && !is_behind_a_block(*stream_)) return Errc::malformed_frame;
  return {};
}

Result<void> Inflater::run(std::string_view input, int flush, std::size_t max_size,
                           std::string& out) {
  char chunk[kChunk];
  set_input(*stream_, input);
  ended_ = false;
  while (true) {
    set_output(*stream_, chunk);
    const int status = ::inflate(stream_.get(), flush);
    out.append(chunk, kChunk - stream_->avail_out);
    if (out.size() > max_size) return Errc::payload_too_large;
    if (status == Z_STREAM_END) {
      // RFC 7692 section 7.2.3.4: more may follow a last block, and refer to what was before it.
      ended_ = stream_->avail_in == 0;
      inflateResetKeep(stream_.get());
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return Errc::malformed_frame;
    }
    if (stream_->avail_in == 0 && stream_->avail_out > 0) return {};
  }
}

void Deflater::End::operator()(z_stream* stream) const {
  deflateEnd(stream);
  delete stream;
}

Deflater::Deflater(int window_bits, int level) : stream_(new z_stream{}) {
  assert(window_bits >= kMinWindowBits && window_bits <= kMaxWindowBits);
  if (deflateInit2(stream_.get(), level, Z_DEFLATED, -window_bits, kMemLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc();
  }
}

Deflater::~Deflater() = default;
Deflater::Deflater(Deflater&&) noexcept = default;
Deflater& Deflater::operator=(Deflater&&) noexcept = default;

void Deflater::deflate(std::string_view payload, std::string& out) {
  char chunk[kChunk];
  deflateReset(stream_.get());
  set_input(*stream_, payload);
  do {
    set_output(*stream_, chunk);
    ::deflate(stream_.get(), Z_SYNC_FLUSH);
    out.append(chunk, kChunk - stream_->avail_out);
  } while (stream_->avail_out == 0);
  assert(std::string_view(out).ends_with(kTail));
  out.resize(out.size() - kTail.size());
}

}  // namespace lectern::websocket
