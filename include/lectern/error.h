#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace lectern {

/// A value or the reason there is none. Never both, never neither.
template <class T>
using Result = boost::system::result<T>;

/// Why a packet, a session or a connection was refused. The names are exported as metric labels
/// and the values never change.
enum class Errc {
  malformed_frame = 1,  ///< Bytes that no RFC 6455 peer may send.
  malformed_packet,     ///< Bytes that no Engine.IO or Socket.IO v5 peer may send.
  payload_too_large,    ///< More bytes than `Options::max_payload` in one message.
  invalid_utf8,         ///< Text that is not UTF-8 (RFC 3629).
  ping_timeout,         ///< No sign of life within `Options::ping_timeout` of our ping.
  unsupported,          ///< A part of the protocol that this server does not speak.
  slow_reader,          ///< The peer left more than `Options::send_queue_bytes` unread.
  timed_out,            ///< No acknowledgement within the time given for it.
  disconnected,         ///< The socket ended before it acknowledged.
  busy,                 ///< A bounded queue is full.
  unavailable,          ///< What it takes, such as Redis, cannot be reached.
};

/// The code of this library's category; Boost finds it when an Errc becomes an error_code.
boost::system::error_code make_error_code(Errc e) noexcept;

/// The other way round, for an error that make_error_code() made.
inline Errc errc_of(const boost::system::error_code& error) noexcept {
  return static_cast<Errc>(error.value());
}

/// The enumerator's name: `"ping_timeout"`.
const char* name_of(Errc e) noexcept;

}  // namespace lectern

/// @cond internal
template <>
struct boost::system::is_error_code_enum<lectern::Errc> : std::true_type {};
/// @endcond
