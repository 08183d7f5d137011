#include "redis/resp.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace lectern::redis {

void append_command(std::string& out, std::span<const std::string_view> words) {
  out += '*' + std::to_string(words.size()) + "\r\n";
  for (const auto word : words) {
    out += '$' + std::to_string(word.size()) + "\r\n";
    out += word;
    out += "\r\n";
  }
}

Result<std::optional<Reply>> ReplyReader::read(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (state_ == State::bytes) {
      take_bytes(bytes);
      continue;
    }
    if (!take_line(bytes)) {
      if (line_.size() > limits_.line) return Errc::malformed_packet;
      continue;
    }
    if (!line_.ends_with("\r\n") || line_.size() > limits_.line) return Errc::malformed_packet;
    auto reply = on_line();
    line_.clear();
    if (!reply || *reply) return reply;
  }
  return std::optional<Reply>();
}

// True when `line_` has its end.
bool ReplyReader::take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t size = end == std::string_view::npos ? bytes.size() : end + 1;
  line_ += bytes.substr(0, std::min(size, limits_.line + 1));
  bytes.remove_prefix(size);
  return end != std::string_view::npos;
}

void ReplyReader::take_bytes(std::string_view& bytes) {
  const std::size_t size = std::min(missing_, bytes.size());
  if (present_.kind == Reply::Kind::bytes) present_.text += bytes.substr(0, size);
  bytes.remove_prefix(size);
  missing_ -= size;
  if (missing_ == 0) state_ = State::end_of_bytes;
}

Result<std::optional<Reply>> ReplyReader::on_line() {
  std::string_view line = line_;
  line.remove_suffix(2);
  if (std::exchange(state_, State::line) == State::end_of_bytes) {
    if (!line.empty()) return Errc::malformed_packet;
    return place(std::exchange(present_, {}));
  }
  if (line.empty() || line.find('\r') != std::string_view::npos) return Errc::malformed_packet;
  const char type = line.front();
  line.remove_prefix(1);
  Reply value;
  if (type == '+' || type == '-') {
    value.kind = type == '+' ? Reply::Kind::text : Reply::Kind::error;
    value.text = line;
    return place(std::move(value));
  }
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), value.number);
  if (error != std::errc() || stop != line.data() + line.size()) return Errc::malformed_packet;
  switch (type) {
    case ':': value.kind = Reply::Kind::integer; return place(std::move(value));
    case '$': return begin_bytes(value.number);
    case '*': return begin_array(value.number);
    default: return Errc::malformed_packet;
  }
}

Result<std::optional<Reply>> ReplyReader::begin_bytes(std::int64_t size) {
  if (size == -1) return place({});
  if (size < 0) return Errc::malformed_packet;
  missing_ = static_cast<std::size_t>(size);
  present_.kind = missing_ > limits_.bytes ? Reply::Kind::too_large : Reply::Kind::bytes;
  state_ = missing_ > 0 ? State::bytes : State::end_of_bytes;
  return std::optional<Reply>();
}

Result<std::optional<Reply>> ReplyReader::begin_array(std::int64_t size) {
  if (size == -1) return place({});
  if (size < 0 || static_cast<std::size_t>(size) > limits_.items - items_ ||
      open_.size() == limits_.depth)
    return Errc::malformed_packet;
  Reply array;
  array.kind = Reply::Kind::array;
  if (size == 0) return place(std::move(array));
  items_ += static_cast<std::size_t>(size);
  open_.push_back({std::move(array), static_cast<std::size_t>(size)});
  return std::optional<Reply>();
}

std::optional<Reply> ReplyReader::place(Reply value) {
  while (!open_.empty()) {
    Open& inner = open_.back();
    inner.array.items.push_back(std::move(value));
    if (--inner.missing > 0) return std::nullopt;
    value = std::move(inner.array);
    open_.pop_back();
  }
  items_ = 0;
  return value;
}

}  // namespace lectern::redis
