#include <lectern/typed.h>

#include <cmath>
#include <stdexcept>

#include "protocol/attachments.h"

namespace lectern {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991;  // above, a double skips integers

// Peers may write 5 as 5.0 or 5e0.
std::optional<std::int64_t> integer_of(const boost::json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return std::nullopt;
  const double number = value.get_double();
  if (!(std::abs(number) <= kMaxSafeInteger) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::string range(const std::string& least, const std::string& most) {
  return "must be an integer from " + least + " to " + most;
}

}  // namespace

void throw_exception_from_error(const Mismatch& mismatch, const boost::source_location&) {
  throw std::invalid_argument(mismatch.message);
}

namespace detail {

Mismatch TypedReader::mismatch() const {
  return {path_, (path_.empty() ? "the payload" : path_) + " " + why_};
}

bool TypedReader::read_bool(const boost::json::value& value, bool& out) {
  if (!value.is_bool()) return refuse("must be true or false");
  out = value.get_bool();
  return true;
}

bool TypedReader::read_double(const boost::json::value& value, double& out) {
  if (!value.is_number()) return refuse("must be a number");
  out = value.to_number<double>();
  return std::isfinite(out) || refuse("must be a number");
}

bool TypedReader::read_signed(const boost::json::value& value, std::int64_t least,
                              std::int64_t most, std::int64_t& out) {
  const auto number = integer_of(value);
  if (!number || *number < least || *number > most)
    return refuse(range(std::to_string(least), std::to_string(most)));
  out = *number;
  return true;
}

bool TypedReader::read_unsigned(const boost::json::value& value, std::uint64_t most,
                                std::uint64_t& out) {
  const auto number = integer_of(value);
  if (value.is_uint64()) {
    out = value.get_uint64();
  } else if (number && *number >= 0) {
    out = static_cast<std::uint64_t>(*number);
  } else {
    return refuse(range("0", std::to_string(most)));
  }
  return out <= most || refuse(range("0", std::to_string(most)));
}

bool TypedReader::read_string(const boost::json::value& value, std::size_t max_size,
                              std::string& out) {
  if (!value.is_string()) return refuse("must be a string");
  const auto& text = value.get_string();
  if (text.size() > max_size)
    return refuse("must have at most " + std::to_string(max_size) + " bytes");
  out.assign(text.data(), text.size());
  return true;
}

bool TypedReader::read_binary(const boost::json::value& value, std::size_t max_size,
                              std::string& out) {
  const auto* const object = value.if_object();
  const auto num = object ? protocol::placeholder_num(*object) : std::nullopt;
  if (!num || *num >= attachments_.size()) return refuse("must be binary");
  if (attachments_[*num].size() > max_size)
    return refuse("must have at most " + std::to_string(max_size) + " bytes");
  out = attachments_[*num];
  return true;
}

const boost::json::array* TypedReader::enter_array(const boost::json::value& value,
                                                   std::size_t max_size) {
  const auto* const array = value.if_array();
  if (!array) {
    refuse("must be a list");
  } else if (array->size() > max_size) {
    refuse("must have at most " + std::to_string(max_size) + " elements");
  } else if (deeper()) {
    return array;
  }
  return nullptr;
}

const boost::json::object* TypedReader::enter_object(const boost::json::value& value) {
  const auto* const object = value.if_object();
  if (!object) refuse("must be an object");
  return object && deeper() ? object : nullptr;
}

bool TypedReader::deeper() { return ++depth_ <= kMaxTypedDepth || refuse("is nested too deep"); }

bool TypedReader::refuse(std::string why) {
  why_ = std::move(why);
  return false;
}

bool TypedReader::within(std::string_view part) {
  path_ = path_.empty() ? std::string(part) : std::string(part) + "." + path_;
  return false;
}

boost::json::value number_or_null(double number) {
  if (!std::isfinite(number)) return nullptr;
  return number;
}

boost::json::value attach(const Binary& binary, Attachments& attachments) {
  attachments.push_back(binary.bytes);
  return protocol::placeholder(attachments.size() - 1);
}

}  // namespace detail
}  // namespace lectern
