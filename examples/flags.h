#pragma once

#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace examples {

// The flags of a small program: `--name value` and `--name`.
class Flags {
 public:
  void add(const std::string& name, std::function<bool(const std::string&)> take) {
    with_value_[name] = std::move(take);
  }
  void add(const std::string& name, std::function<void()> set) { alone_[name] = std::move(set); }

  // What is wrong, in words; nothing when all is well.
  std::optional<std::string> parse(int count, const char* const* words) const {
    for (int i = 1; i < count; ++i) {
      const std::string name = words[i];
      if (const auto alone = alone_.find(name); alone != alone_.end()) {
        alone->second();
      } else if (const auto known = with_value_.find(name); known == with_value_.end()) {
        return "unknown flag " + name;
      } else if (++i == count) {
        return name + " needs a value";
      } else if (!known->second(words[i])) {
        return name + " cannot be " + words[i];
      }
    }
    return std::nullopt;
  }

 private:
  std::map<std::string, std::function<bool(const std::string&)>> with_value_;
  std::map<std::string, std::function<void()>> alone_;
};

// Reads a number that is nothing else; false leaves `number` as it was.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  Number read{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (error != std::errc() || end != text.data() + text.size() || read < 0) return false;
  number = read;
  return true;
}

}  // namespace examples
