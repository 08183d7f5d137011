#pragma once

// What the keys of the configuration can hold: each function makes the ConfigKey of one kind of
// value, for a field of Config.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_keys.h"

namespace lectern::app {

using Strings = std::vector<std::string>;

template <class T>
using Field = std::function<T&(Config&)>;

template <class T>
const T& read_field(const Field<T>& field, const Config& config) {
  return field(const_cast<Config&>(config));  // a field only names a place
}

ConfigKey integer(std::string_view section, std::string_view name, std::int64_t least,
                  std::int64_t most, const Field<std::int64_t>& field, std::string_view comment);
ConfigKey boolean(std::string_view section, std::string_view name, const Field<bool>& field,
                  std::string_view comment);
ConfigKey text(std::string_view section, std::string_view name, const Field<std::string>& field,
               std::string_view comment);
// The text key, with the empty text refused.
ConfigKey not_empty(ConfigKey key);
ConfigKey list(std::string_view section, std::string_view name, const Field<Strings>& field,
               std::string_view comment);
ConfigKey endpoints(std::string_view name, bool internal, const Field<std::vector<Endpoint>>& field,
                    std::string_view comment);

// One word of `words`, whose places are the enumerators of E.
template <class E>
ConfigKey word(std::string_view section, std::string_view name, const Strings& words,
               const Field<E>& field, std::string_view comment) {
  return {section,
          name,
          comment,
          ConfigKey::Kind::text,
          [=](Config& config, const Setting& value) -> std::string {
            const auto& given = std::get<std::string>(value);
            const auto found = std::find(words.begin(), words.end(), given);
            if (found == words.end()) {
              std::string problem = "must be ";
              for (const auto& one : words) {
                if (&one != &words.front()) problem += &one == &words.back() ? " or " : ", ";
                problem += '"' + one + '"';
              }
              return problem;
            }
            field(config) = static_cast<E>(found - words.begin());
            return {};
          },
          [=](const Config& config) {
            return words[static_cast<std::size_t>(read_field(field, config))];
          }};
}

}  // namespace lectern::app
