#include "classroom/posts.h"

#include <utility>

namespace lectern::classroom {

std::string client_key(std::string_view user_id, std::string_view client_id) {
  std::string key = std::to_string(user_id.size());
  key.append(":").append(user_id).append(client_id);
  return key;
}

void Posts::add(Post post) {
  const auto number = first_ + posts_.size();
  by_message_[post.message_id] = number;
  if (!post.client_key.empty()) by_client_[post.client_key] = number;
  posts_.push_back(std::move(post));
  if (posts_.size() <= kRemembered) return;
  by_message_.erase(posts_.front().message_id);
  const auto client = by_client_.find(posts_.front().client_key);
  // The log tells a repetition of what is forgotten here, so the same key may be back.
  if (client != by_client_.end() && client->second == first_) by_client_.erase(client);
  posts_.pop_front();
  ++first_;
}

const Post* Posts::find(const Uuid& message_id) const {
  const auto found = by_message_.find(message_id);
  return found != by_message_.end() ? at(found->second) : nullptr;
}

const Post* Posts::find(const std::string& key) const {
  const auto found = by_client_.find(key);
  return found != by_client_.end() ? at(found->second) : nullptr;
}

}  // namespace lectern::classroom
