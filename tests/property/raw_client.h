#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lectern::property {

// A WebSocket client on a socket that does not block, with kernel buffers as small as they get. It
// reads only when told to, so that its peer meets short writes. For one thread.
class RawClient {
 public:
  RawClient() = default;
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // Connects to 127.0.0.1 and sends the request for the upgrade. False when nobody listens.
  bool connect(std::uint16_t port);
  void close();

  int descriptor() const { return descriptor_; }  // -1 when closed
  bool wants_to_write() const { return descriptor_ >= 0 && !out_.empty(); }

  void send(std::string_view text);

  // Writes what waits.
  void write();

  // Reads at most `bytes` and returns the texts that are complete. When the peer has closed, or
  // broke the protocol, the client is closed afterwards; `broken()` tells the latter.
  std::vector<std::string> read(std::size_t bytes);
  bool broken() const { return broken_; }

 private:
  bool take_response();
  bool take_frame(std::vector<std::string>& texts);

  int descriptor_ = -1;
  bool upgraded_ = false;
  bool broken_ = false;
  std::string in_;
  std::string out_;
  std::uint32_t mask_ = 0x5eed1234;
};

// Makes the kernel's send buffers of every connection that this process accepted on `port` as small
// as they get; for servers that run in the same process.
void shrink_send_buffers(std::uint16_t port);

}  // namespace lectern::property
