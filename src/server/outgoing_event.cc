#include "server/outgoing_event.h"

#include <limits>
#include <utility>

#include <boost/json/value.hpp>

#include <lectern/server.h>

#include "protocol/content.h"
#include "protocol/msgpack.h"
#include "server/client.h"
#include "server/server_socket.h"
#include "server/session.h"
#include "server/socket_table.h"

namespace lectern::server {

void OutgoingEvent::show(ServerSocket& socket) {
  auto& handler = socket.nsp().handlers->on_any_outgoing;
  if (!handler || !socket.is_connected()) return;
  if (!std::exchange(was_read_, true)) content_ = read();
  if (content_)
    socket.session().call([&] { handler(socket, content_->name, content_->arguments); });
}

std::optional<OutgoingEvent::Content> OutgoingEvent::read() const {
  Content content;
  Result<protocol::EventContent> event = Errc::malformed_packet;
  if (parser_ == Parser::msgpack) {
    auto packet =
        protocol::decode_msgpack(packet_.head.payload(), std::numeric_limits<std::size_t>::max());
    if (!packet) return std::nullopt;
    event = protocol::split_event(std::move(packet->data.get_array()));
    content.arguments.attachments = std::move(packet->attachments);
  } else {
    const auto packet = protocol::decode(packet_.head.payload().substr(1));  // behind the '4'
    if (!packet) return std::nullopt;
    event = protocol::parse_event(*packet, {});
    for (const Frame& frame : packet_.attachments)
      content.arguments.attachments.emplace_back(frame.payload());
  }
  if (!event) return std::nullopt;
  if (has_offset_) event->args.pop_back();
  content.name = event->name;
  content.arguments.values = std::move(event->args);
  return content;
}

}  // namespace lectern::server
