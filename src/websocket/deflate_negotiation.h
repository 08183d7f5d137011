#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <lectern/error.h>

#include "websocket/deflate.h"

namespace lectern::websocket {

// The agreement on permessage-deflate. Source: RFC 7692 sections 5 and 7.1.

struct DeflateParameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  int server_max_window_bits = 15;  // 9 to 15 where this server accepted
};

struct DeflateAnswer {
  DeflateParameters parameters;
  std::string header;  // the value of the answer's Sec-WebSocket-Extensions
};

// A server's answer to the value of a client's Sec-WebSocket-Extensions: to the first offer of
// permessage-deflate that it can keep, nothing when there is none. An offer with a parameter that
// is unknown, comes twice or has another value than RFC 7692 gives it is passed over, and so is one
// with server_max_window_bits=8, which zlib cannot keep to.
//
// The answer always has server_no_context_takeover, as Deflater works, and with
// ContextTakeover::none for what comes in also client_no_context_takeover.
//
// Error: malformed_frame  the header is not the grammar of parse_extension_list().
[[nodiscard]] Result<std::optional<DeflateAnswer>> answer_deflate_offers(
    std::string_view header, ContextTakeover inbound = ContextTakeover::none);

// What a client offers: it compresses without takeover and takes whatever the server chooses.
inline constexpr std::string_view kDeflateOffer = "permessage-deflate; client_no_context_takeover";

// What a server made of kDeflateOffer; nothing when it declined.
//
// Error: malformed_frame  an extension or a parameter that was not offered, comes twice or has no
//                         such value, or another grammar: the connection must fail.
[[nodiscard]] Result<std::optional<DeflateParameters>> read_deflate_answer(std::string_view header);

}  // namespace lectern::websocket
