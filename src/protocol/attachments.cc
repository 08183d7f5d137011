#include "protocol/attachments.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

namespace lectern::protocol {
namespace {

namespace json = boost::json;

// Appends the numbers of all placeholders; false when one of them has none below `attachments`.
bool collect(const json::value& value, std::size_t attachments, std::vector<std::size_t>& nums) {
  if (const auto* array = value.if_array()) {
    return std::all_of(array->begin(), array->end(),
                       [&](const json::value& item) { return collect(item, attachments, nums); });
  }
  const auto* object = value.if_object();
  if (object == nullptr) return true;
  if (is_placeholder(*object)) {
    const auto num = placeholder_num(*object);
    if (!num || *num >= attachments) return false;
    nums.push_back(*num);
    return true;
  }
  return std::all_of(object->begin(), object->end(), [&](const auto& member) {
    return collect(member.value(), attachments, nums);
  });
}

}  // namespace

json::object placeholder(std::size_t num, json::storage_ptr storage) {
  return json::object({{"_placeholder", true}, {"num", static_cast<std::int64_t>(num)}},
                      std::move(storage));
}

bool is_placeholder(const json::object& object) {
  const auto* mark = object.if_contains("_placeholder");
  return mark != nullptr && mark->is_bool() && mark->get_bool();
}

std::optional<std::size_t> placeholder_num(const json::object& object) {
  if (object.size() != 2 || !is_placeholder(object)) return std::nullopt;
  const auto* value = object.if_contains("num");
  const auto* num = value == nullptr ? nullptr : value->if_int64();
  if (num == nullptr || *num < 0) return std::nullopt;
  return static_cast<std::size_t>(*num);
}

Result<void> check_placeholders(const json::value& content, std::size_t attachments) {
  std::vector<std::size_t> nums;
  if (!collect(content, attachments, nums)) return Errc::malformed_packet;
  std::sort(nums.begin(), nums.end());
  if (std::adjacent_find(nums.begin(), nums.end()) != nums.end()) return Errc::malformed_packet;
  return {};
}

}  // namespace lectern::protocol
