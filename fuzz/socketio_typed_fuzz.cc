#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <lectern/typed.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"

namespace {

struct Node {
  bool flag = false;
  std::int8_t tiny = 0;
  std::uint64_t wide = 0;
  double number = 0;
  std::string text;
  std::optional<lectern::Binary> bytes;
  std::vector<Node> children;
};

}  // namespace

template <>
struct lectern::Described<Node> {
  static constexpr auto fields =
      std::tuple{field("flag", &Node::flag),           field("tiny", &Node::tiny),
                 field("wide", &Node::wide),           field("number", &Node::number),
                 field("text", &Node::text, 8),        field("bytes", &Node::bytes, 8),
                 field("children", &Node::children, 4)};
};

// Properties: what is taken, written and read again is the same and within its bounds; what is
// refused has a message that begins with its path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto value = lectern::parse_json(text);
  if (!value) return 0;
  const lectern::Attachments attachments = {"small", "more than eight"};
  const auto node = lectern::from_json<Node>(*value, attachments);
  if (!node) {
    const auto& [field, message] = node.error();
    if (!message.starts_with(field.empty() ? "the payload " : field + " ")) std::abort();
    return 0;
  }
  if (node->text.size() > 8 || node->children.size() > 4) std::abort();
  if (node->bytes && node->bytes->bytes != attachments[0]) std::abort();
  const auto written = lectern::to_arguments(*node);
  const auto again = lectern::from_arguments<Node>(written);
  if (!again) std::abort();
  const auto rewritten = lectern::to_arguments(*again);
  if (rewritten.values != written.values || rewritten.attachments != written.attachments)
    std::abort();
  return 0;
}
