#include "gate/fields.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gate/code_points.h"
#include "gate/sanitiser.h"

namespace lectern::gate {
namespace {

namespace json = boost::json;

constexpr std::string_view kNotUuid = "must be a UUID in lower-case canonical form";

std::string range_words(std::string_view what, std::int64_t least, std::int64_t most) {
  return std::string(what) + " from " + std::to_string(least) + " to " + std::to_string(most);
}

std::string length_words(Length length, std::string_view unit) {
  if (length.least == 0)
    return "must have at most " + std::to_string(length.most) + " " + std::string(unit);
  return "must have " + std::to_string(length.least) + " to " + std::to_string(length.most) + " " +
         std::string(unit);
}

}  // namespace

std::optional<std::int64_t> safe_integer(const json::value& value) {
  if (const auto* integer = value.if_int64()) {
    if (*integer < -kMaxSafeInteger || *integer > kMaxSafeInteger) return std::nullopt;
    return *integer;
  }
  if (const auto* integer = value.if_uint64()) {
    if (*integer > std::uint64_t{kMaxSafeInteger}) return std::nullopt;
    return static_cast<std::int64_t>(*integer);
  }
  if (const auto* number = value.if_double()) {
    if (std::trunc(*number) == *number &&
        std::abs(*number) <= static_cast<double>(kMaxSafeInteger)) {
      return static_cast<std::int64_t>(*number);
    }
  }
  return std::nullopt;
}

json::value* Fields::find(std::string_view key) {
  known_.push_back(key);
  if (failed()) return nullptr;
  return object_.if_contains(key);
}

json::value* Fields::require(std::string_view key) {
  auto* value = find(key);
  if (value == nullptr && !failed()) fail(key, "is required");
  return value;
}

std::optional<Uuid> Fields::optional_uuid(std::string_view key) {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* text = value->if_string();
  auto id = text != nullptr ? Uuid::parse(std::string_view(*text)) : std::nullopt;
  if (!id) fail(key, kNotUuid);
  return id;
}

Uuid Fields::uuid(std::string_view key) {
  if (require(key) == nullptr) return {};
  return optional_uuid(key).value_or(Uuid{});
}

bool Fields::check_length(const json::value& value, std::string_view key, Length length) {
  const auto* text = value.if_string();
  if (text == nullptr) {
    fail(key, "must be a string");
    return false;
  }
  const auto size = count_code_points(std::string_view(*text));
  if (size < length.least || size > length.most) {
    fail(key, length_words(length, "characters"));
    return false;
  }
  return true;
}

std::optional<std::string> Fields::optional_string(std::string_view key, Length length) {
  const auto* value = find(key);
  if (value == nullptr || !check_length(*value, key, length)) return std::nullopt;
  return std::string(std::string_view(value->get_string()));
}

std::string Fields::string(std::string_view key, Length length) {
  if (require(key) == nullptr) return {};
  return optional_string(key, length).value_or(std::string());
}

std::optional<std::int64_t> Fields::optional_integer(std::string_view key, std::int64_t least,
                                                     std::int64_t most) {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto integer = safe_integer(*value);
  if (!integer || *integer < least || *integer > most) {
    fail(key, range_words("must be an integer", least, most));
    return std::nullopt;
  }
  return integer;
}

std::int64_t Fields::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  if (require(key) == nullptr) return least;
  return optional_integer(key, least, most).value_or(least);
}

std::optional<bool> Fields::optional_boolean(std::string_view key) {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* boolean = value->if_bool()) return *boolean;
  fail(key, "must be true or false");
  return std::nullopt;
}

json::object* Fields::optional_object(std::string_view key) {
  auto* value = find(key);
  if (value == nullptr) return nullptr;
  auto* object = value->if_object();
  if (object == nullptr) fail(key, "must be an object");
  return object;
}

json::array* Fields::optional_array(std::string_view key, Length length) {
  auto* value = find(key);
  if (value == nullptr) return nullptr;
  auto* array = value->if_array();
  if (array == nullptr) {
    fail(key, "must be an array");
  } else if (array->size() < length.least || array->size() > length.most) {
    fail(key, length_words(length, "entries"));
    array = nullptr;
  }
  return array;
}

std::optional<std::string> Fields::optional_name(std::string_view key, std::size_t most) {
  auto typed = optional_string(key, {1, most});
  if (!typed) return std::nullopt;
  auto clean = clean_name(*typed, most);
  if (is_blank(clean)) fail(key, "must have visible characters other than < and >");
  return clean;
}

std::string Fields::name(std::string_view key, std::size_t most) {
  if (require(key) == nullptr) return {};
  return optional_name(key, most).value_or(std::string());
}

std::optional<std::string> Fields::optional_text(std::string_view key, std::size_t most) {
  auto typed = optional_string(key, {0, most});
  if (!typed) return std::nullopt;
  return clean_text(*typed);
}

std::string Fields::text(std::string_view key, std::size_t most) {
  if (require(key) == nullptr) return {};
  auto clean = optional_text(key, most);
  if (clean && is_blank(*clean)) fail(key, length_words({1, most}, "characters"));
  return clean.value_or(std::string());
}

std::size_t Fields::word(std::string_view key, std::initializer_list<std::string_view> words,
                         std::size_t fallback) {
  const auto* value = fallback == kRequired ? require(key) : find(key);
  if (value == nullptr) return fallback == kRequired ? 0 : fallback;
  if (const auto* text = value->if_string()) {
    const auto found = std::find(words.begin(), words.end(), std::string_view(*text));
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  }
  std::string why = "must be one of";
  for (const auto word : words) why += (word == *words.begin() ? " " : ", ") + std::string(word);
  fail(key, why);
  return 0;
}

void Fields::fail(std::string_view key, std::string_view why) {
  if (failed()) return;
  auto field = path_of(key);
  auto message = "Validation error: " + field + " " + std::string(why);
  error_ = ValidationError{std::move(field), std::move(message)};
}

void Fields::finish() {
  for (const auto& member : object_) {
    if (failed()) return;
    const std::string_view key = member.key();
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    // The name is the sender's own and may be long or not fit to be shown.
    fail(clean_name(key, 64), "is not allowed");
  }
}

}  // namespace lectern::gate
