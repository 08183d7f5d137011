#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/uuid.h"

namespace lectern::classroom {

// Reads one JSON object of an event's payload, and remembers whether anything was missing or of
// the wrong type. Getters return empty values then; ask good() at the end.
//
// Unlike a client's payload it may hold members that nobody asks for: a later version wrote them.
class Record {
 public:
  explicit Record(std::string_view text);            // an event's payload
  explicit Record(const boost::json::value& value);  // must outlive the record
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  bool good() const { return good_; }
  bool has(std::string_view key) const;

  std::string_view string(std::string_view key);
  Uuid uuid(std::string_view key);
  std::int64_t integer(std::string_view key);
  std::uint64_t natural(std::string_view key);  // 0 to 2^53 − 1
  std::int64_t instant(std::string_view key);   // the same, signed: sums of a few cannot overflow
  bool boolean(std::string_view key);
  const boost::json::array& array(std::string_view key);
  const boost::json::value& value(std::string_view key);

  // None when the member is absent; a wrong type is still wrong.
  std::optional<std::string_view> optional_string(std::string_view key);
  std::optional<std::int64_t> optional_integer(std::string_view key);

  void fail() { good_ = false; }

 private:
  std::array<unsigned char, 2048> buffer_;  // most payloads are parsed without the heap
  boost::json::monotonic_resource memory_;
  boost::json::value parsed_;
  const boost::json::object* object_ = nullptr;
  bool good_ = true;
};

}  // namespace lectern::classroom
