#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <lectern/arguments.h>

namespace lectern {

/// Bytes that travel as an attachment. In JSON stands their placeholder, see Arguments.
struct Binary {
  std::string bytes;                               ///< any bytes, not text
  bool operator==(const Binary&) const = default;  ///< the same bytes
};

/// No bound on the size of a field.
inline constexpr std::size_t kAnySize = std::numeric_limits<std::size_t>::max();

/// One member of a struct and its key in JSON; made by field().
template <class Owner, class T>
struct Field {
  std::string_view name;  ///< the key
  T Owner::*member;       ///< where the value is kept
  std::size_t max_size;   ///< of what is read: elements of a list, bytes of a text or binary value
};

/// Describes one member; `name` must outlive the program, as a literal does. Give lists, texts and
/// binary values from outside a `max_size`: an element costs its sizeof, which may be much more
/// than its bytes on the wire.
template <class Owner, class T>
constexpr Field<Owner, T> field(std::string_view name, T Owner::*member,
                                std::size_t max_size = kAnySize) {
  return {name, member, max_size};
}

/// How a struct looks as JSON. Specialise it once for each struct:
/// @code
/// struct Move {
///   int x = 0;
///   std::optional<std::string> note;
/// };
/// template <>
/// struct lectern::Described<Move> {
///   static constexpr auto fields = std::tuple{field("x", &Move::x), field("note", &Move::note,
///   80)};
/// };
/// @endcode
///
/// A member is one of: bool; an integer, whose range is checked (5.0 and 5e0 are integers, too);
/// double; std::string; Binary; boost::json::value, which is taken as it is, placeholders of binary
/// values among it; another described struct; std::vector and std::optional of these. The struct
/// has a default constructor.
///
/// Reading: a key that is not described is ignored; a described one must be there, but for an
/// optional, which is empty without it and for null. Writing: an empty optional leaves its key out.
template <class T>
struct Described;

/// A type that has a Described specialisation.
template <class T>
concept DescribedType = requires {
  Described<T>::fields;
};

/// What is wrong with a value that came in.
struct Mismatch {
  std::string field;    ///< where, dotted: "move.points.3"; "" is the whole value
  std::string message;  ///< for people: "move.points.3 must be an integer from 0 to 255"
};

/// What Parsed::value() does when there is none: throws std::invalid_argument.
[[noreturn]] void throw_exception_from_error(const Mismatch& mismatch,
                                             const boost::source_location& where);

/// A value, or what is wrong with what should have become one.
template <class T>
using Parsed = boost::system::result<T, Mismatch>;

/// Nesting that from_json() follows, for described structs that contain themselves.
inline constexpr std::size_t kMaxTypedDepth = 64;

/// @cond internal
namespace detail {

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsUnknown = false;

// Reads one value. What returns false or null has noted why, for the innermost value; each level
// above adds its part of the path with within().
class TypedReader {
 public:
  explicit TypedReader(std::span<const std::string> attachments) : attachments_(attachments) {}

  template <class T>
  bool read(const boost::json::value& value, T& out, std::size_t max_size = kAnySize);

  Mismatch mismatch() const;

 private:
  bool read_bool(const boost::json::value& value, bool& out);
  bool read_double(const boost::json::value& value, double& out);
  bool read_signed(const boost::json::value& value, std::int64_t least, std::int64_t most,
                   std::int64_t& out);
  bool read_unsigned(const boost::json::value& value, std::uint64_t most, std::uint64_t& out);
  bool read_string(const boost::json::value& value, std::size_t max_size, std::string& out);
  bool read_binary(const boost::json::value& value, std::size_t max_size, std::string& out);
  // These go one level deeper; leave() comes back.
  const boost::json::array* enter_array(const boost::json::value& value, std::size_t max_size);
  const boost::json::object* enter_object(const boost::json::value& value);
  bool leave() { return --depth_, true; }

  template <class T>
  bool read_integer(const boost::json::value& value, T& out);
  template <class T>
  bool read_list(const boost::json::value& value, std::vector<T>& out, std::size_t max_size);
  template <class T>
  bool read_struct(const boost::json::value& value, T& out);
  template <class Owner, class T>
  bool read_field(const boost::json::object& object, const Field<Owner, T>& field, Owner& out);

  bool deeper();
  bool refuse(std::string why);
  bool within(std::string_view part);

  std::span<const std::string> attachments_;
  std::size_t depth_ = 0;
  std::string path_;
  std::string why_;
};

boost::json::value number_or_null(double number);
boost::json::value attach(const Binary& binary, Attachments& attachments);

}  // namespace detail
/// @endcond

/// Reads a value of type T, a described struct or any type that a member may have. `attachments`
/// are those of the packet; binary values are copied out of them.
template <class T>
[[nodiscard]] Parsed<T> from_json(const boost::json::value& value,
                                  std::span<const std::string> attachments = {}) {
  detail::TypedReader reader(attachments);
  T out{};
  if (!reader.read(value, out)) return {boost::system::in_place_error, reader.mismatch()};
  return {boost::system::in_place_value, std::move(out)};
}

/// Reads one of the arguments of an event or acknowledgement; one that is not there is a mismatch.
template <class T>
[[nodiscard]] Parsed<T> from_arguments(const Arguments& arguments, std::size_t index = 0) {
  if (index < arguments.values.size())
    return from_json<T>(arguments.values[index], arguments.attachments);
  return {boost::system::in_place_error, Mismatch{"", "the payload is missing"}};
}

/// Writes what from_json() reads. Bytes of Binary values are appended to `attachments`. A double
/// that is not finite becomes null, as in JavaScript.
template <class T>
[[nodiscard]] boost::json::value to_json(const T& value, Attachments& attachments) {
  if constexpr (std::is_same_v<T, double>) {
    return detail::number_or_null(value);
  } else if constexpr (std::is_same_v<T, Binary>) {
    return detail::attach(value, attachments);
  } else if constexpr (detail::kIsOptional<T>) {
    return value ? to_json(*value, attachments) : boost::json::value();
  } else if constexpr (detail::kIsVector<T>) {
    boost::json::array list;
    list.reserve(value.size());
    for (typename T::const_reference element : value)
      list.push_back(to_json<typename T::value_type>(element, attachments));
    return list;
  } else if constexpr (DescribedType<T>) {
    boost::json::object object;
    const auto put = [&]<class M>(const Field<T, M>& field) {
      const M& member = value.*field.member;
      if constexpr (detail::kIsOptional<M>) {
        if (!member) return;
      }
      object.insert_or_assign(field.name, to_json(member, attachments));
    };
    std::apply([&](const auto&... fields) { (put(fields), ...); }, Described<T>::fields);
    return object;
  } else {
    return boost::json::value(value);
  }
}

/// Arguments for `emit_args`, `emit_with_ack` and `Ack::reply`, one for each value.
template <class... Ts>
[[nodiscard]] Arguments to_arguments(const Ts&... values) {
  Arguments arguments;
  (arguments.values.push_back(to_json(values, arguments.attachments)), ...);
  return arguments;
}

/// @cond internal
namespace detail {

template <class T>
bool TypedReader::read(const boost::json::value& value, T& out, std::size_t max_size) {
  if constexpr (std::is_same_v<T, bool>) {
    return read_bool(value, out);
  } else if constexpr (std::integral<T>) {
    return read_integer(value, out);
  } else if constexpr (std::is_same_v<T, double>) {
    return read_double(value, out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return read_string(value, max_size, out);
  } else if constexpr (std::is_same_v<T, Binary>) {
    return read_binary(value, max_size, out.bytes);
  } else if constexpr (std::is_same_v<T, boost::json::value>) {
    return out = value, true;
  } else if constexpr (kIsOptional<T>) {
    out.reset();
    return value.is_null() || read(value, out.emplace(), max_size);
  } else if constexpr (kIsVector<T>) {
    return read_list(value, out, max_size);
  } else if constexpr (DescribedType<T>) {
    return read_struct(value, out);
  } else {
    static_assert(kIsUnknown<T>, "specialise lectern::Described for this type");
  }
}

template <class T>
bool TypedReader::read_integer(const boost::json::value& value, T& out) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_signed_v<T>) {
    std::int64_t number = 0;
    if (!read_signed(value, Limits::min(), Limits::max(), number)) return false;
    out = static_cast<T>(number);
  } else {
    std::uint64_t number = 0;
    if (!read_unsigned(value, Limits::max(), number)) return false;
    out = static_cast<T>(number);
  }
  return true;
}

template <class T>
bool TypedReader::read_list(const boost::json::value& value, std::vector<T>& out,
                            std::size_t max_size) {
  const auto* const array = enter_array(value, max_size);
  if (!array) return false;
  for (std::size_t i = 0; i < array->size(); ++i) {
    T element{};
    if (!read((*array)[i], element)) return within(std::to_string(i));
    out.push_back(std::move(element));
  }
  return leave();
}

template <class T>
bool TypedReader::read_struct(const boost::json::value& value, T& out) {
  const auto* const object = enter_object(value);
  const auto all = [&](const auto&... fields) { return (read_field(*object, fields, out) && ...); };
  return object && std::apply(all, Described<T>::fields) && leave();
}

template <class Owner, class T>
bool TypedReader::read_field(const boost::json::object& object, const Field<Owner, T>& field,
                             Owner& out) {
  const auto* const value = object.if_contains(field.name);
  if (value) return read(*value, out.*field.member, field.max_size) || within(field.name);
  if constexpr (kIsOptional<T>) {
    return (out.*field.member).reset(), true;
  } else {
    return refuse("is missing") || within(field.name);
  }
}

}  // namespace detail
/// @endcond

}  // namespace lectern
