// A server and a client in one program, with all parts of the public API that need linking: the
// client calls, a typed handler answers. Exit code 0: the answer was right.
#include <chrono>
#include <future>
#include <iostream>
#include <string>
#include <tuple>

#include <lectern/client.h>
#include <lectern/events.h>
#include <lectern/server.h>
#include <lectern/typed.h>

struct Sum {
  int left = 0;
  int right = 0;
};

template <>
struct lectern::Described<Sum> {
  static constexpr auto fields = std::tuple{field("left", &Sum::left), field("right", &Sum::right)};
};

int main() {
  lectern::Options options;
  options.listen = {{"127.0.0.1", 0, false}};
  lectern::Server server(options);
  lectern::Events events;
  events.on<Sum>("add", [](lectern::Socket&, const Sum& sum) { return sum.left + sum.right; });
  server.of("/").on_event = std::move(events);
  const auto port = server.start().front().port;

  std::promise<int> answer;
  {
    lectern::Client client("http://127.0.0.1:" + std::to_string(port));
    auto& socket = client.of("/");
    socket.emit_with_ack("add", lectern::to_arguments(Sum{19, 23}), std::chrono::seconds(10),
                         [&answer](const lectern::Result<lectern::Arguments>& ack) {
                           const auto sum =
                               ack ? lectern::from_arguments<int>(*ack) : lectern::Parsed<int>(-1);
                           answer.set_value(sum ? *sum : -2);
                         });
    socket.connect();
    const int sum = answer.get_future().get();
    std::cout << "19 + 23 = " << sum << '\n';
    server.stop(std::chrono::milliseconds(100));
    return sum == 42 ? 0 : 1;
  }
}
