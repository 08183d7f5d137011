#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lectern {

// Where in a queue the last element under each key stands, so that a later one can take it out.
class LatestByKey {
 public:
  // Forgets the place that is known for the key.
  std::optional<std::size_t> take(std::string_view key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return std::nullopt;
    const std::size_t place = found->second;
    places_.erase(found);
    return place;
  }
  void put(std::string_view key, std::size_t place) {
    places_.insert_or_assign(std::string(key), place);
  }

  // The queue was rearranged: new_place(old) -> std::optional<std::size_t>, empty for what is gone.
  template <class NewPlace>
  void rearrange(NewPlace new_place) {
    for (auto it = places_.begin(); it != places_.end();) {
      if (const auto place = new_place(it->second)) {
        it++->second = *place;
      } else {
        it = places_.erase(it);
      }
    }
  }

  std::size_t size() const { return places_.size(); }

 private:
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace lectern
