#include <lectern/client.h>
#include <iostream>

#include <boost/json/serialize.hpp>

int main() {
  lectern::Client client("http://127.0.0.1:3000");
  lectern::ClientSocket& socket = client.of("/");
  socket.on("said", [](const lectern::ClientEvent& event) { std::cout << event.args << '\n'; });
  socket.connect();
  socket.emit("join", "lobby");
  for (std::string text; std::getline(std::cin, text);)
    socket.emit("say", {{"room", "lobby"}, {"text", text}});
}
