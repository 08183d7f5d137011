#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "websocket/encoder.h"

namespace lectern {

// A blocking TCP client; what does not come within ten seconds is missing.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0)
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval limit{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  }
  ~TestClient() { ::close(fd_); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(std::string_view bytes) { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void leave() { ::shutdown(fd_, SHUT_RDWR); }

  // Reads until the text ends with `end`; all there is when the peer closes first.
  std::string read_to(std::string_view end) {
    std::string text;
    char byte;
    while (!text.ends_with(end) && recv(fd_, &byte, 1, 0) == 1) text += byte;
    return text;
  }
  // The same for a lot of text, of which only the end matters; nothing may follow it.
  bool skip_to(std::string_view end) {
    std::string tail;
    char bytes[65536];
    while (!tail.ends_with(end)) {
      const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      tail.append(bytes, static_cast<std::size_t>(got));
      if (tail.size() > end.size()) tail.erase(0, tail.size() - end.size());
    }
    return true;
  }
  std::string read_all() {
    std::string text;
    char bytes[4096];
    for (ssize_t got; (got = recv(fd_, bytes, sizeof bytes, 0)) > 0;)
      text.append(bytes, static_cast<std::size_t>(got));
    return text;
  }

  // One HTTP request; its answer's body.
  std::string request(const std::string& method, const std::string& query, std::string_view body) {
    send(method + " /socket.io/?EIO=" + version + "&" + query +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body));
    return answer();
  }
  std::string answer() {
    const std::string head = read_to("\r\n\r\n");
    status = head.size() > 12 ? head.substr(9, 3) : "none";
    return read_body(head);
  }
  std::string read_body(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    std::string body(at == head.npos ? 0 : std::stoul(head.substr(at + 16)), '\0');
    if (!body.empty() &&
        recv(fd_, body.data(), body.size(), MSG_WAITALL) != static_cast<ssize_t>(body.size()))
      return "cut off";
    return body;
  }
  std::string get(const std::string& query) { return request("GET", query, ""); }

  void upgrade(const std::string& query, const std::string& headers = "") {
    send("GET /socket.io/?EIO=" + version + "&transport=websocket" + query +
         " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         headers + "\r\n");
    EXPECT_TRUE(read_to("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  }
  void send_text(std::string_view text) { send_frame(websocket::Opcode::text, text); }
  void send_binary(std::string_view bytes) { send_frame(websocket::Opcode::binary, bytes); }
  // The payload of one short frame.
  std::string text() {
    unsigned char header[2];
    if (recv(fd_, header, 2, MSG_WAITALL) != 2) return "closed";
    compressed = (header[0] & 0x40U) != 0;
    std::string payload(header[1] & 0x7f, '\0');
    if (payload.size() == 126) {
      unsigned char size[2];
      if (recv(fd_, size, 2, MSG_WAITALL) != 2) return "closed";
      payload.resize(static_cast<std::size_t>(size[0]) << 8U | size[1]);
    }
    if (!payload.empty() && recv(fd_, payload.data(), payload.size(), MSG_WAITALL) < 0) return "";
    return header[0] == 0x88 ? "close" : payload;
  }

  std::string version = "4";  // of Engine.IO
  std::string status;
  bool compressed = false;  // the last frame

 private:
  void send_frame(websocket::Opcode opcode, std::string_view payload) {
    std::string frame;
    websocket::append_client_frame(frame, opcode, payload, 0x01020304);
    send(frame);
  }

  int fd_;
};

}  // namespace lectern
