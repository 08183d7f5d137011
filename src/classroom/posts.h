#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"
#include "base/uuid.h"

namespace lectern::classroom {

// A message as far as deciding needs it.
struct Post {
  Uuid message_id;
  std::uint64_t seq = 0;
  TimeMs timestamp = 0;
  std::string client_key;  // of client_key(); empty: sent without a clientId
};

// One text for a user and a clientId of theirs; different pairs give different texts.
std::string client_key(std::string_view user_id, std::string_view client_id);

// The last posts of a room, for deleting one and for telling a repeated clientId. An older
// clientId is told by the log, whose idempotency keys stay as long as the events: hence the bound.
class Posts {
 public:
  static constexpr std::size_t kRemembered = 4096;

  void add(Post post);
  const Post* find(const Uuid& message_id) const;
  const Post* find(const std::string& key) const;
  std::size_t size() const { return posts_.size(); }

 private:
  const Post* at(std::uint64_t number) const { return &posts_[number - first_]; }

  std::deque<Post> posts_;
  std::uint64_t first_ = 0;  // number of posts_.front(), counted since the first add()
  std::unordered_map<Uuid, std::uint64_t> by_message_;  // numbers
  std::unordered_map<std::string, std::uint64_t> by_client_;
};

}  // namespace lectern::classroom
