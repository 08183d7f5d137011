#include "websocket/extension_list.h"

#include <algorithm>
#include <utility>

namespace lectern::websocket {
namespace {

bool is_token_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

// The header from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view header) : rest_(header) {}

  bool at_end() const { return rest_.empty(); }

  void skip_spaces() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }

  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Empty where no token stands.
  std::string_view take_token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_byte);
    const auto token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(token.size());
    return token;
  }

  // Without quotes and backslashes; empty where no token stands or comes out.
  std::string take_value() {
    if (!skip('"')) return std::string(take_token());
    std::string value;
    while (!skip('"')) {
      skip('\\');
      if (rest_.empty() || !is_token_byte(rest_.front())) return {};
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    return value;
  }

 private:
  std::string_view rest_;
};

bool read_extension(Scanner& scanner, Extension& extension) {
  extension.name = scanner.take_token();
  if (extension.name.empty()) return false;
  scanner.skip_spaces();
  while (scanner.skip(';')) {
    scanner.skip_spaces();
    Extension::Parameter parameter{scanner.take_token(), std::nullopt};
    if (parameter.name.empty()) return false;
    if (scanner.skip('=')) {
      parameter.value = scanner.take_value();
      if (parameter.value->empty()) return false;
    }
    extension.parameters.push_back(std::move(parameter));
    scanner.skip_spaces();
  }
  return true;
}

}  // namespace

Result<std::vector<Extension>> parse_extension_list(std::string_view header) {
  std::vector<Extension> extensions;
  Scanner scanner(header);
  scanner.skip_spaces();
  if (scanner.at_end()) return extensions;
  do {
    scanner.skip_spaces();
    if (!read_extension(scanner, extensions.emplace_back())) return Errc::malformed_frame;
  } while (scanner.skip(','));
  if (!scanner.at_end()) return Errc::malformed_frame;
  return extensions;
}

}  // namespace lectern::websocket
