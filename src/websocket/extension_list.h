#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lectern/error.h>

namespace lectern::websocket {

// One element of Sec-WebSocket-Extensions. Names point into the header.
struct Extension {
  struct Parameter {
    std::string_view name;
    std::optional<std::string> value;  // a token, never empty
  };

  std::string_view name;
  std::vector<Parameter> parameters;
};

// Reads the value of Sec-WebSocket-Extensions; several headers are one with ", " between them.
//
//   list      = extension *( OWS "," OWS extension )
//   extension = token *( OWS ";" OWS token [ "=" ( token | quoted-string ) ] )
//
// An empty header has no elements. Source: RFC 6455 section 9.1; tokens by RFC 7230.
//
// Error: malformed_frame for everything else, also for a quoted string that is no token. Linear;
// memory in proportion to the header, which the caller bounds.
[[nodiscard]] Result<std::vector<Extension>> parse_extension_list(std::string_view header);

}  // namespace lectern::websocket
