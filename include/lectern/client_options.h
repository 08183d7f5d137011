#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include <lectern/parser.h>

namespace lectern {

class LogSink;

/// How a Client connects. Names and defaults are those of socket.io-client 4; what that leaves
/// without a bound has one here.
struct ClientOptions {
  /// "polling" and "websocket" in the order of preference. The first one opens the session; from
  /// polling the client goes over to a WebSocket when both are named and the server offers it.
  std::vector<std::string> transports = {"polling", "websocket"};
  bool upgrade = true;  ///< false: stays with the first transport

  std::string path = "/socket.io/";                                ///< as the server has it
  std::vector<std::pair<std::string, std::string>> query;          ///< not yet percent-encoded
  std::vector<std::pair<std::string, std::string>> extra_headers;  ///< of every HTTP request
  Parser parser = Parser::json;                                    ///< as the server has it
  boost::json::value auth;  ///< an object sent with CONNECT, of every namespace; null: none

  bool reconnection = true;                     ///< false: a lost connection is not opened again
  unsigned reconnection_attempts = kUnlimited;  ///< after so many failures in a row: gives up
  std::chrono::milliseconds reconnection_delay{1000};      ///< doubled with every attempt …
  std::chrono::milliseconds reconnection_delay_max{5000};  ///< … up to this
  double randomization_factor = 0.5;  ///< 0 to 1: each delay is moved by up to this part of it
  std::chrono::milliseconds timeout{20000};  ///< of one attempt, up to the server's open packet

  /// Offers permessage-deflate (RFC 7692) for the WebSocket; a server that has it off declines.
  bool compression = false;
  std::size_t compression_threshold = 1024;  ///< bytes; smaller messages go out as they are

  bool verify_tls = true;  ///< https: the certificate must be valid and be the host's
  std::string ca_file;     ///< PEM certificates to trust instead of the system's

  /// What was emitted and has not left yet, bytes of all namespaces: offline, or behind a server
  /// that does not read. When it is full, emit() refuses.
  std::size_t send_buffer_bytes = std::size_t{1024} * 1024;
  std::size_t max_pending_acks = 1024;  ///< of all namespaces
  /// Of one message, of one packet with its attachments, and of what arrives between a CONNECT and
  /// its answer. A server that sends more is disconnected.
  std::size_t receive_limit_bytes = std::size_t{16} * 1024 * 1024;
  std::size_t max_attachments = 10;  ///< of one packet

  LogSink* log = nullptr;  ///< told what handlers throw; must outlive the client; null: silence

  static constexpr unsigned kUnlimited = ~0U;  ///< attempts without end
};

}  // namespace lectern
