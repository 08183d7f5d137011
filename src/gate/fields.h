#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/uuid.h"
#include "gate/payloads.h"

namespace lectern::gate {

inline constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

// An integer, also when it was spelled with a fraction of zero or an exponent.
std::optional<std::int64_t> safe_integer(const boost::json::value& value);

struct Length {
  std::size_t least;
  std::size_t most;
};

// Reads the members of one JSON object, and remembers the first thing that is wrong with them.
//
// Every getter names the key it reads; finish() refuses keys that nothing asked for. Readers of
// nested values share the error of their parent and give their path. Once there is an error the
// getters return empty values, and the caller needs to look only at the end. The value behind a
// getter may be moved out. Lengths are code points.
class Fields {
 public:
  // `path` precedes every key: "" or "metadata.".
  Fields(boost::json::object& object, std::string path, std::optional<ValidationError>& error)
      : object_(object), path_(std::move(path)), error_(error) {}

  // The member, or null when it is absent; JSON's null is a value of its own. Marks the key as
  // known.
  boost::json::value* find(std::string_view key);
  // The same; an absent one is an error.
  boost::json::value* require(std::string_view key);

  Uuid uuid(std::string_view key);
  std::optional<Uuid> optional_uuid(std::string_view key);
  std::string string(std::string_view key, Length length);
  std::optional<std::string> optional_string(std::string_view key, Length length);
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<std::int64_t> optional_integer(std::string_view key, std::int64_t least,
                                               std::int64_t most);
  std::optional<bool> optional_boolean(std::string_view key);
  boost::json::object* optional_object(std::string_view key);
  boost::json::array* optional_array(std::string_view key, Length length);

  // Cleaned strings; what is required must not be blank afterwards.
  std::string name(std::string_view key, std::size_t most);
  std::optional<std::string> optional_name(std::string_view key, std::size_t most);
  std::string text(std::string_view key, std::size_t most);
  std::optional<std::string> optional_text(std::string_view key, std::size_t most);

  // Index of the member's word in `words`; `fallback` when it is absent, npos: it is required.
  static constexpr std::size_t kRequired = static_cast<std::size_t>(-1);
  std::size_t word(std::string_view key, std::initializer_list<std::string_view> words,
                   std::size_t fallback = kRequired);

  // Checks one string of an array at `path`.
  bool check_length(const boost::json::value& value, std::string_view key, Length length);

  void fail(std::string_view key, std::string_view why);
  bool failed() const { return error_.has_value(); }
  std::string path_of(std::string_view key) const { return path_ + std::string(key); }
  std::optional<ValidationError>& error() { return error_; }

  // Refuses unknown keys. Call it last.
  void finish();

 private:
  boost::json::object& object_;
  std::string path_;
  std::optional<ValidationError>& error_;
  std::vector<std::string_view> known_;
};

// The last line of a parse function: `value`, or the first thing that was wrong.
template <class T>
Parsed<T> parsed(T value, Fields& fields) {
  fields.finish();
  if (fields.failed()) return std::move(*fields.error());
  return value;
}

}  // namespace lectern::gate
