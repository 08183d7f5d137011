#include "classroom/record.h"

#include <boost/json/parse.hpp>

namespace lectern::classroom {

namespace json = boost::json;

Record::Record(std::string_view text) : memory_(buffer_.data(), buffer_.size()) {
  boost::system::error_code error;
  parsed_ = json::parse(text, error, &memory_);
  object_ = error ? nullptr : parsed_.if_object();
  good_ = object_ != nullptr;
}

Record::Record(const json::value& value)
    : memory_(buffer_.data(), buffer_.size()),
      object_(value.if_object()),
      good_(object_ != nullptr) {}

bool Record::has(std::string_view key) const {
  return object_ != nullptr && object_->if_contains(key) != nullptr;
}

const json::value& Record::value(std::string_view key) {
  static const json::value null;
  const auto* found = object_ != nullptr ? object_->if_contains(key) : nullptr;
  if (found != nullptr) return *found;
  fail();
  return null;
}

std::string_view Record::string(std::string_view key) {
  if (const auto* text = value(key).if_string()) return *text;
  fail();
  return {};
}

Uuid Record::uuid(std::string_view key) {
  const auto id = Uuid::parse(string(key));
  if (!id) fail();
  return id.value_or(Uuid{});
}

std::int64_t Record::integer(std::string_view key) {
  if (const auto* number = value(key).if_int64()) return *number;
  fail();
  return 0;
}

std::int64_t Record::instant(std::string_view key) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
  const auto number = integer(key);
  if (number >= 0 && number <= kMost) return number;
  fail();
  return 0;
}

std::uint64_t Record::natural(std::string_view key) {
  return static_cast<std::uint64_t>(instant(key));
}

bool Record::boolean(std::string_view key) {
  if (const auto* truth = value(key).if_bool()) return *truth;
  fail();
  return false;
}

const json::array& Record::array(std::string_view key) {
  static const json::array empty;
  if (const auto* entries = value(key).if_array()) return *entries;
  fail();
  return empty;
}

std::optional<std::string_view> Record::optional_string(std::string_view key) {
  if (!has(key)) return std::nullopt;
  return string(key);
}

std::optional<std::int64_t> Record::optional_integer(std::string_view key) {
  if (!has(key)) return std::nullopt;
  return integer(key);
}

}  // namespace lectern::classroom
