#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "websocket/deflate_negotiation.h"
#include "websocket/extension_list.h"

namespace {

using namespace lectern::websocket;

void require(bool claim) {
  if (!claim) std::abort();
}

void check_list(std::string_view header) {
  const auto list = parse_extension_list(header);
  if (!list) return;
  std::string written;
  for (const auto& extension : *list) {
    if (!written.empty()) written += ", ";
    written += extension.name;
    for (const auto& [name, value] : extension.parameters) {
      written += "; " + std::string(name);
      if (value) written += '=' + *value;
    }
  }
  const auto again = parse_extension_list(written);
  require(again && again->size() == list->size());
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& [name, parameters] = (*list)[i];
    require((*again)[i].name == name && (*again)[i].parameters.size() == parameters.size());
    for (std::size_t j = 0; j < parameters.size(); ++j) {
      require((*again)[i].parameters[j].name == parameters[j].name);
      require((*again)[i].parameters[j].value == parameters[j].value);
    }
  }
}

void check_answer(std::string_view header, ContextTakeover inbound) {
  const auto answer = answer_deflate_offers(header, inbound);
  require(answer.has_value() == parse_extension_list(header).has_value());
  if (!answer || !*answer) return;
  const auto& [parameters, text] = **answer;
  const auto read = read_deflate_answer(text);
  require(read && *read);
  require((*read)->server_no_context_takeover && parameters.server_no_context_takeover);
  require((*read)->client_no_context_takeover == parameters.client_no_context_takeover);
  require((*read)->server_max_window_bits == parameters.server_max_window_bits);
  require(parameters.server_max_window_bits >= kMinWindowBits &&
          parameters.server_max_window_bits <= kMaxWindowBits);
  require(inbound == ContextTakeover::kept || parameters.client_no_context_takeover);
}

}  // namespace

// Properties: a list that was read, written and read again is the same; a client understands every
// answer as the server means it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(bytes), size);
  check_list(header);
  check_answer(header, ContextTakeover::none);
  check_answer(header, ContextTakeover::kept);
  return 0;
}
