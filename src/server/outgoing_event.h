#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <lectern/arguments.h>
#include <lectern/options.h>

#include "server/outgoing.h"

namespace lectern::server {

class ServerSocket;

// An event on its way out, for Namespace::on_any_outgoing. A broadcast is encoded before anybody
// knows whom it reaches, so that whoever wants to see it has it read back: once, when the first
// handler looks. Where there is no handler it costs a comparison for each socket.
class OutgoingEvent {
 public:
  // `packet` outlives it; `offset` is its last argument, which is not the application's; "": none.
  OutgoingEvent(const Outgoing& packet, Parser parser, std::string_view offset)
      : packet_(packet), parser_(parser), has_offset_(!offset.empty()) {}

  // Tells the handlers of that socket's namespace, which may end the socket.
  void show(ServerSocket& socket);

 private:
  struct Content {
    std::string name;
    Arguments arguments;
  };

  std::optional<Content> read() const;

  const Outgoing& packet_;
  Parser parser_;
  bool has_offset_;
  bool was_read_ = false;
  std::optional<Content> content_;  // empty for what no client could read either
};

}  // namespace lectern::server
