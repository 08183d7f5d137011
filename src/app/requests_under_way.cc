#include "app/requests_under_way.h"

namespace lectern::app {

void RequestsUnderWay::begin(Socket& socket) {
  if (++count_ < kMost || paused_) return;
  socket.pause_reading();
  paused_ = true;
  resume_when_few();  // they may all have ended before somebody could see the pause
}

void RequestsUnderWay::end() {
  --count_;
  resume_when_few();
}

void RequestsUnderWay::resume_when_few() {
  if (!paused_ || count_ > kFew || !paused_.exchange(false)) return;
  server_.with_socket(socket_, [](Socket& socket) { socket.resume_reading(); });
}

}  // namespace lectern::app
