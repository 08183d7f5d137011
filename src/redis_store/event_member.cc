#include "redis_store/event_member.h"

#include <charconv>
#include <limits>
#include <system_error>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace lectern::redis {
namespace {

constexpr std::string_view kType = R"(","type":")";
constexpr std::string_view kAggregate = R"(","aggregateId":")";
constexpr std::string_view kPayload = R"(","payload":)";
constexpr std::string_view kTimestamp = R"(,"timestamp":)";
constexpr std::string_view kVersion = R"(,"version":)";
constexpr std::size_t kUuidSize = 36;

void append_type(std::string& out, std::string_view type) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : type) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') {
      out += c;
    } else {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
}

// Text that is no JSON string stands for itself: whoever wrote it meant that.
std::string type_of(std::string_view text) {
  if (text.find('\\') == text.npos) return std::string(text);
  std::string quoted = "\"";
  quoted += text;
  quoted += '"';
  boost::system::error_code error;
  const auto value = boost::json::parse(quoted, error);
  return error ? std::string(text) : std::string(value.as_string());
}

// Takes `what` from the front.
bool skip(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

std::optional<Uuid> take_uuid(std::string_view& text) {
  const auto id = Uuid::parse(text.substr(0, kUuidSize));
  if (id) text.remove_prefix(kUuidSize);
  return id;
}

// Takes `name` and the number after it, which end the text.
template <class Number>
std::optional<Number> take_last(std::string_view& text, std::string_view name) {
  const auto at = text.rfind(name);
  if (at == text.npos) return std::nullopt;
  const auto digits = text.substr(at + name.size());
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) number = std::numeric_limits<Number>::max();
  if (error == std::errc::invalid_argument) return std::nullopt;
  text = text.substr(0, at);
  return number;
}

}  // namespace

std::string member_head(const events::NewEvent& event, const Uuid& aggregate) {
  std::string head = R"({"id":")";
  head += event.id.to_string();
  head += kType;
  append_type(head, event.type);
  head += kAggregate;
  head += aggregate.to_string();
  head += kPayload;
  head += event.payload;
  head += kTimestamp;
  head += std::to_string(event.timestamp);
  head += kVersion;
  return head;
}

std::optional<events::DomainEvent> parse_member(std::string_view member) {
  events::DomainEvent event;
  if (!skip(member, R"({"id":")")) return std::nullopt;
  const auto id = take_uuid(member);
  if (!id || !skip(member, kType)) return std::nullopt;
  const auto type_end = member.find('"');
  if (type_end == member.npos) return std::nullopt;
  event.type = type_of(member.substr(0, type_end));
  member.remove_prefix(type_end);
  if (!skip(member, kAggregate)) return std::nullopt;
  const auto aggregate = take_uuid(member);
  if (!aggregate || !skip(member, kPayload) || !member.ends_with('}')) return std::nullopt;
  member.remove_suffix(1);
  const auto version = take_last<std::uint64_t>(member, kVersion);
  if (!version) return std::nullopt;
  const auto timestamp = take_last<TimeMs>(member, kTimestamp);
  if (!timestamp) return std::nullopt;
  event.id = *id;
  event.aggregate = *aggregate;
  event.payload = member;
  event.timestamp = *timestamp;
  event.version = *version;
  return event;
}

}  // namespace lectern::redis
