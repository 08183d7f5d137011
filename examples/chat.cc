#include <lectern/events.h>
#include <iostream>

struct Message {
  std::string room, text;
};
template <>
struct lectern::Described<Message> {
  static constexpr auto fields =
      std::tuple{field("room", &Message::room, 64), field("text", &Message::text, 4000)};
};

int main() {
  lectern::Server server(lectern::Options{});  // 127.0.0.1:3000
  lectern::Events events;
  events.on<std::string>("join", [](auto& socket, const auto& room) { socket.join(room); });
  events.on<Message>("say", [&](lectern::Socket& socket, const Message& message) {
    if (!socket.in(message.room)) return false;
    server.broadcast().to(message.room).emit_args("said", lectern::to_arguments(message));
    return true;  // acknowledges
  });
  server.of("/").on_event = std::move(events);
  server.start();
  std::cin.get();
}
