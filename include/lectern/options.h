#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/http.h>
#include <lectern/parser.h>

namespace lectern {

class LogSink;

/// An address to listen on. `port` 0 takes a free port, the same one for all that ask for it and
/// are not internal; Server::start() tells which.
struct Endpoint {
  std::string address;     ///< IPv4 or IPv6 in text form, without brackets: "0.0.0.0", "::1"
  std::uint16_t port = 0;  ///< 0: a free one
  /// Requests that arrive here reach the HTTP handler marked `internal`; Socket.IO is not served.
  bool internal = false;
};

/// How the bytes that a turn of a shard's loop queued reach the kernel.
enum class SendPath {
  automatic,   ///< io_uring where the kernel offers it, else one by one
  io_uring,    ///< those of up to 512 connections in one system call; start() throws without it
  one_by_one,  ///< a system call for each connection
};

/// The other nodes of a cluster, which share one Redis: servers of this library, and Socket.IO for
/// Node.js with createAdapter() of its redis-adapter 8. What is published there while Redis is
/// away is lost; the sockets of one node go on without it.
struct RedisOptions {
  /// "redis://[[user]:password@]host[:port][/database]", "rediss://…" with TLS; "": this node is
  /// alone.
  std::string url;
  std::string key = "socket.io";  ///< the beginning of all channels; nodes with the same one meet
  std::chrono::milliseconds requests_timeout{5000};  ///< for the answers of other nodes
};

/// Who the server is on https:// and wss://. TLS 1.2 or newer, HTTP/1.1 alone.
struct TlsOptions {
  std::string certificate_file;  ///< PEM: the server's own, then those that lead to its root
  std::string key_file;          ///< PEM: the certificate's private key, without a passphrase

  /// Why the files cannot be used, as one line that starts with "tls_cert: " or "tls_key: ".
  /// Nullopt when they can.
  std::optional<std::string> mistake() const;
};

/// How a Server speaks and listens. The defaults are those of Socket.IO 4 for Node.js.
struct Options {
  /// All of them, or start() throws.
  std::vector<Endpoint> listen = {{"127.0.0.1", 3000, false}};
  /// Set: every endpoint that is not internal speaks TLS, and nothing else.
  std::optional<TlsOptions> tls;
  unsigned threads = 1;  ///< shards, 1 to 256: one thread, one loop and one listener each

  std::string path = "/socket.io/";                ///< of Engine.IO requests
  std::chrono::milliseconds ping_interval{25000};  ///< between pings
  std::chrono::milliseconds ping_timeout{20000};   ///< from a ping to any sign of life
  /// From the open packet to a CONNECT, and from a binary packet to the last of its attachments.
  std::chrono::milliseconds connect_timeout{45000};
  std::chrono::milliseconds upgrade_timeout{10000};  ///< from the probe to the upgrade packet
  std::size_t max_payload = 1'000'000;  ///< bytes of one message, and of one HTTP request body
  std::size_t max_attachments = 10;     ///< binary values of one packet; a packet has max_payload
  std::size_t max_namespaces = 256;     ///< of one connection at a time; more are refused
  bool polling = true;                  ///< offers HTTP long-polling
  bool websocket = true;                ///< offers WebSocket
  /// Engine.IO v3 as well, which clients of Socket.IO 2 speak. The socket ids of such a client are
  /// made of its session's id, and whoever knows that can take part in the session: leave it off
  /// unless it is needed, and show no ids to others when it is on.
  bool allow_eio3 = false;
  Parser parser = Parser::json;  ///< of all clients
  /// permessage-deflate (RFC 7692) for WebSockets of clients that offer it, without context
  /// takeover.
  bool compression = false;
  /// Answers to polls of that many bytes or more are compressed for clients that accept it; 0:
  /// none.
  std::size_t http_compression_threshold = 1024;
  std::size_t compression_threshold = 1024;  ///< bytes; smaller messages go out as they are

  /// Keeps what clients said in their handshake and in the payload of CONNECT, about half a
  /// kilobyte of memory for each, for handlers that ask for it after on_connection has returned.
  bool keep_handshake = false;

  /// How long a client that lost its connection may come back as if it had not; 0: not at all.
  std::chrono::milliseconds recovery{0};
  /// What is kept for such clients, in all shards together; the oldest goes first.
  std::size_t recovery_bytes = 64 * 1024 * 1024;

  /// Origins whose pages may connect. Empty: the same origin, or no Origin header at all. An
  /// entry "*" allows every origin.
  std::vector<std::string> allowed_origins;

  std::size_t send_queue_bytes = 1024 * 1024;  ///< per connection; more unread data closes it
  SendPath send_path = SendPath::automatic;    ///< the log says which it became
  std::size_t max_connections = 100'000;       ///< in all; beyond that connections are refused
  /// Sessions without a CONNECT, in all, and besides as many connections that have not sent a whole
  /// request; more are refused.
  std::size_t max_waiting = 10'000;
  std::size_t max_waiting_per_address = 1000;  ///< the same, of one address
  /// On whose account the peer waits: an address, or "" for nobody's, which `max_waiting` alone
  /// bounds. Gets the peer's address and its X-Forwarded-For (nullopt before its request is there),
  /// and always says the same of the same. Behind a proxy that is trusted it is the client's
  /// address, and of the proxy's connections without a request nobody's. Runs on any shard, on
  /// several at once. Empty: the peer's address.
  std::function<std::string(const std::string& peer,
                            const std::optional<std::string>& forwarded_for)>
      account_of;

  /// Whether connections of this peer begin with a PROXY protocol header (HAProxy's, version 1 or
  /// 2), which names the client; those without one are closed then. On internal endpoints nobody
  /// is asked. Runs on any shard, on several at once. Empty: none do.
  std::function<bool(const std::string& peer)> speaks_proxy_protocol;

  /// Who the client behind `peer` is, with the X-Forwarded-For of its request ("" for none): what
  /// Handshake::address says then. Asked again about its own answer it says the same. Runs on any
  /// shard, on several at once. Empty: the peer.
  std::function<std::string(const std::string& peer, std::string_view forwarded_for)>
      client_address;

  /// Looks at the request that opens a session; false refuses it with 403. Runs on any shard, on
  /// several at once. Empty: everybody is let in.
  std::function<bool(const HttpRequest&)> allow_request;
  /// Names of request headers that Handshake::headers keeps, such as "Cookie".
  std::vector<std::string> handshake_headers;
  /// The name of a cookie with the session's id, for balancers that keep clients on one machine;
  /// "": none. HttpOnly, SameSite=Lax, Path=/.
  std::string cookie;

  RedisOptions redis;  ///< several nodes

  LogSink* log = nullptr;  ///< must outlive the server; null: silence
};

}  // namespace lectern
