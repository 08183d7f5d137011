#include "member.h"

#include <poll.h>

#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "classroom_node.h"

namespace lectern::property {
namespace {

namespace json = boost::json;

constexpr int kJoin = 1'000'000;  // the acknowledgement id of a join

std::uint64_t number_of(const json::value& value) { return value.to_number<std::uint64_t>(); }

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::string connect_packet(const std::string& user_id, const std::string& role) {
  return "40" + json::serialize(json::object{{"token", token_for(user_id, role)}});
}

}  // namespace

Member::Member(std::string user_id, std::string room_id, int messages, unsigned seed)
    : user_id_(std::move(user_id)), room_id_(std::move(room_id)), total_(messages), random_(seed) {}

std::string Member::content_of(int number) const {
  // Long enough that a handful of them fills the kernel's buffers.
  return user_id_ + "/" + std::to_string(number) + "/" + std::string(700, 'x');
}

void Member::lose_connection() {
  client_.close();
  state_ = State::connecting;
  early_.clear();
  for (auto& [number, sent] : in_flight_) sent = false;
}

void Member::turn(std::uint16_t port, bool readable) {
  if (client_.descriptor() < 0) {
    lose_connection();
    if (!client_.connect(port)) return;
  }
  client_.write();
  // One time in four it looks away.
  if (readable && random_() % 4 != 0) {
    for (const auto& packet : client_.read(512 + random_() % 3072)) receive(packet);
    if (client_.broken()) complaints_.push_back("the server sent no frame");
  }
  if (state_ == State::in_room && client_.descriptor() >= 0) post();
}

void Member::receive(std::string_view packet) {
  if (packet == "2") {
    client_.send("3");
  } else if (packet.starts_with("0{")) {
    client_.send(connect_packet(user_id_, "student"));
    state_ = State::opened;
  } else if (packet.starts_with("40{")) {
    json::object join{{"action", "join"}, {"target", room_id_}};
    join["metadata"] = json::object{{"after", seen_.empty() ? 0 : seen_.back()}};
    client_.send("42" + std::to_string(kJoin) +
                 json::serialize(json::array{"user:action", std::move(join)}));
    state_ = State::joining;
  } else if (packet.starts_with("42[")) {
    receive_event(packet.substr(2));
  } else if (packet.starts_with("43")) {
    receive_answer(packet.substr(2));
  } else if (!packet.starts_with("41")) {
    complaints_.push_back("an unexpected packet: " + std::string(packet.substr(0, 200)));
  }
}

void Member::receive_event(std::string_view text) {
  const auto event = json::parse({text.data(), text.size()});
  const auto& name = event.at(0).as_string();
  if (name == "error") complaints_.push_back(std::string(text));
  if (name != "chat:message") return;
  const auto seq = number_of(event.at(1).at("seq"));
  if (state_ == State::in_room) {
    show(seq);
  } else {
    early_.push_back(seq);
  }
}

void Member::receive_answer(std::string_view rest) {
  const auto bracket = rest.find('[');
  const int id = std::stoi(std::string(rest.substr(0, bracket)));
  const auto arguments = json::parse({rest.data() + bracket, rest.size() - bracket});
  const auto& answer = arguments.at(0).as_object();
  const bool good = answer.at("ok").as_bool();
  if (id == kJoin) {
    if (good) return enter(answer);
    complaints_.push_back("the join was refused: " + json::serialize(answer));
    return lose_connection();
  }
  if (good) {
    acknowledged_.push_back(
        {content_of(id), text_of(answer.at("messageId")), number_of(answer.at("seq"))});
    in_flight_.erase(id);
    return;
  }
  const auto type = text_of(answer.at("error").at("type"));
  if (type != "STORE_UNAVAILABLE") {
    complaints_.push_back("a message was refused: " + json::serialize(answer));
  }
  refused_.push_back(content_of(id));
  in_flight_.erase(id);
}

void Member::enter(const json::object& answer) {
  if (const auto* truncated = answer.if_contains("truncated"); truncated && truncated->as_bool()) {
    complaints_.push_back("the history was truncated");
  }
  for (const auto& message : answer.at("history").as_array()) show(number_of(message.at("seq")));
  const auto known = number_of(answer.at("seq"));
  for (const auto seq : early_) {
    if (seq > known) show(seq);
  }
  early_.clear();
  state_ = State::in_room;
}

void Member::post() {
  for (auto& [number, sent] : in_flight_) {
    if (!sent) post_again(number);
    sent = true;
  }
  while (next_ < total_ && in_flight_.size() < kWindow) {
    post_again(next_);
    in_flight_[next_++] = true;
  }
}

void Member::post_again(int number) {
  json::object payload{{"roomId", room_id_}, {"content", content_of(number)}};
  payload["clientId"] = std::to_string(number);
  client_.send("42" + std::to_string(number) +
               json::serialize(json::array{"chat:message", std::move(payload)}));
}

std::optional<std::string> create_room(std::uint16_t port) {
  RawClient client;
  if (!client.connect(port)) return std::nullopt;
  while (client.descriptor() >= 0) {
    pollfd waiting{client.descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, 5000) != 1) return std::nullopt;
    for (const auto& packet : client.read(4096)) {
      if (packet.starts_with("0{")) client.send(connect_packet("teacher", "instructor"));
      if (packet.starts_with("40{")) client.send(R"(421["room:create",{"name":"Under fire"}])");
      if (!packet.starts_with("431[")) continue;
      const auto answer = json::parse(packet.substr(3)).at(0).as_object();
      if (!answer.at("ok").as_bool()) return std::nullopt;
      return text_of(answer.at("roomId"));
    }
  }
  return std::nullopt;
}

}  // namespace lectern::property
