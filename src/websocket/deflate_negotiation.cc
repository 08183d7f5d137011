#include "websocket/deflate_negotiation.h"

#include <bitset>

#include "websocket/extension_list.h"

namespace lectern::websocket {
namespace {

constexpr std::string_view kName = "permessage-deflate";

// 8 to 15 in decimal without leading zeros; 0 for all else.
int window_bits(std::string_view value) {
  if (value == "8" || value == "9") return value.front() - '0';
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5')
    return 10 + (value[1] - '0');
  return 0;
}

struct Terms {
  DeflateParameters parameters;
  bool has_server_bits = false;
  bool has_client_bits = false;
};

// The parameters of one element; nothing when RFC 7692 has no such. Only in an offer may
// client_max_window_bits stand without a value.
std::optional<Terms> read_terms(const Extension& extension) {
  Terms terms;
  std::bitset<4> seen;
  for (const auto& [name, value] : extension.parameters) {
    const std::size_t which = name == "server_no_context_takeover"   ? 0
                              : name == "client_no_context_takeover" ? 1
                              : name == "server_max_window_bits"     ? 2
                              : name == "client_max_window_bits"     ? 3
                                                                     : seen.size();
    if (which == seen.size() || seen[which]) return std::nullopt;
    seen[which] = true;
    if (which < 2 ? value.has_value() : value ? window_bits(*value) == 0 : which == 2) {
      return std::nullopt;
    }
    if (which == 2) terms.parameters.server_max_window_bits = window_bits(*value);
  }
  terms.parameters.server_no_context_takeover = seen[0];
  terms.parameters.client_no_context_takeover = seen[1];
  terms.has_server_bits = seen[2];
  terms.has_client_bits = seen[3];
  return terms;
}

DeflateAnswer accept(Terms terms, ContextTakeover inbound) {
  DeflateAnswer answer{terms.parameters, std::string(kName) + "; server_no_context_takeover"};
  answer.parameters.server_no_context_takeover = true;
  if (inbound == ContextTakeover::none) answer.parameters.client_no_context_takeover = true;
  if (answer.parameters.client_no_context_takeover) answer.header += "; client_no_context_takeover";
  if (terms.has_server_bits) {
    answer.header +=
        "; server_max_window_bits=" + std::to_string(terms.parameters.server_max_window_bits);
  }
  return answer;
}

}  // namespace

Result<std::optional<DeflateAnswer>> answer_deflate_offers(std::string_view header,
                                                           ContextTakeover inbound) {
  const auto offers = parse_extension_list(header);
  if (!offers) return offers.error();
  for (const auto& offer : *offers) {
    if (offer.name != kName) continue;
    const auto terms = read_terms(offer);
    // A larger window than offered may not be answered, so one too small for zlib is declined.
    if (!terms || terms->parameters.server_max_window_bits < kMinWindowBits) continue;
    return std::optional<DeflateAnswer>(accept(*terms, inbound));
  }
  return std::optional<DeflateAnswer>{};
}

Result<std::optional<DeflateParameters>> read_deflate_answer(std::string_view header) {
  const auto answers = parse_extension_list(header);
  if (!answers) return answers.error();
  if (answers->empty()) return std::optional<DeflateParameters>{};
  if (answers->size() > 1 || answers->front().name != kName) return Errc::malformed_frame;
  const auto terms = read_terms(answers->front());
  if (!terms || terms->has_client_bits) return Errc::malformed_frame;
  return std::optional<DeflateParameters>(terms->parameters);
}

}  // namespace lectern::websocket
