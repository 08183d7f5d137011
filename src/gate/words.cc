#include <array>
#include <cstddef>

#include "gate/payloads.h"

namespace lectern::gate {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 7> kKinds = {"single", "multiple", "boolean", "number",
                                                    "text",   "order",    "poll"};
constexpr std::array<std::string_view, 4> kScorings = {"speed", "linear", "flat", "none"};
constexpr std::array<std::string_view, 3> kTypes = {"text", "image", "file"};
constexpr std::array<std::string_view, 6> kModerations = {"delete", "mute", "unmute",
                                                          "kick",   "ban",  "unban"};

template <class T, std::size_t N>
std::optional<T> find(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<T>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(QuestionKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view name_of(Scoring scoring) { return kScorings[static_cast<std::size_t>(scoring)]; }
std::string_view name_of(ContentType type) { return kTypes[static_cast<std::size_t>(type)]; }
std::string_view name_of(ChatModerate::Action action) {
  return kModerations[static_cast<std::size_t>(action)];
}

std::optional<QuestionKind> question_kind(std::string_view name) {
  return find<QuestionKind>(kKinds, name);
}
std::optional<Scoring> scoring(std::string_view name) { return find<Scoring>(kScorings, name); }
std::optional<ContentType> content_type(std::string_view name) {
  return find<ContentType>(kTypes, name);
}
std::optional<ChatModerate::Action> moderation(std::string_view name) {
  return find<ChatModerate::Action>(kModerations, name);
}

}  // namespace lectern::gate
