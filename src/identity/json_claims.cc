#include "identity/json_claims.h"

#include <algorithm>
#include <cstddef>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace lectern::identity {
namespace {

constexpr std::int64_t kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z

// The members of the outermost object of valid JSON, repetitions counted: Boost.JSON keeps one of
// them. Outside a string, one colon at depth 1 stands for one member.
std::size_t count_members(std::string_view json) {
  std::size_t members = 0;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ':' && depth == 1) {
      ++members;
    }
  }
  return members;
}

}  // namespace

std::optional<boost::json::object> parse_claims(std::string_view json) {
  boost::system::error_code error;
  auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return std::nullopt;
  auto& object = value.get_object();
  if (object.size() != count_members(json)) return std::nullopt;
  return std::move(object);
}

std::optional<std::string_view> string_claim(const boost::json::object& claims,
                                             std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

std::optional<std::int64_t> time_claim(const boost::json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 0) || seconds > static_cast<double>(kLastSecond)) return std::nullopt;
  return static_cast<std::int64_t>(seconds);
}

bool audience_agrees(const boost::json::object& claims, std::string_view audience) {
  const auto* value = claims.if_contains("aud");
  if (value == nullptr) return false;
  if (value->is_string()) return value->get_string() == audience;
  if (!value->is_array()) return false;
  const auto& list = value->get_array();
  return std::any_of(list.begin(), list.end(), [&](const boost::json::value& one) {
    return one.is_string() && one.get_string() == audience;
  });
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes &&
         std::none_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7F;
         });
}

}  // namespace lectern::identity
