#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.h"

namespace lectern::app {

// A value as the configuration file spells it.
using Setting = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// One key. The table of them drives reading, checking, printing and suggestions.
struct ConfigKey {
  enum class Kind { boolean, integer, text, list };

  std::string_view section;
  std::string_view name;
  std::string_view comment;  // one or more lines, without '#'
  Kind kind;
  // Takes a value of that kind over; returns what is wrong with it, or nothing.
  std::function<std::string(Config&, const Setting&)> set;
  std::function<Setting(const Config&)> get;
};

struct ConfigSection {
  std::string_view name;
  std::string_view comment;
};

// In the order in which they are printed. `roles` and `limits` have a table per role or rule below
// them instead of keys of their own.
std::span<const ConfigSection> config_sections();
std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view section, std::string_view name);

// The keys of [roles.<name>] and [limits.<rule>].
inline constexpr std::string_view kRoleKeys[] = {"permissions"};
inline constexpr std::string_view kLimitKeys[] = {"scope", "window_ms", "max", "events"};

// "0.0.0.0:8080", "[::1]:0", "localhost:8080". Nullopt for anything else, host names included.
std::optional<Endpoint> parse_endpoint(std::string_view text, bool internal);
std::string format_endpoint(const Endpoint& endpoint);

// What the configuration asks for and this version does not have, as "tls_cert of [server]: …"
// lines; empty when it asks for nothing of the kind.
std::vector<std::string> unavailable_features(const Config& config);

// The word of `known` that somebody probably meant; empty when none is close.
std::string_view closest(std::string_view word, std::span<const std::string_view> known);

}  // namespace lectern::app
