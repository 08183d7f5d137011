#include "app/config_kinds.h"

#include <utility>

namespace lectern::app {
namespace {

using Kind = ConfigKey::Kind;

}  // namespace

ConfigKey integer(std::string_view section, std::string_view name, std::int64_t least,
                  std::int64_t most, const Field<std::int64_t>& field, std::string_view comment) {
  return {section,
          name,
          comment,
          Kind::integer,
          [=](Config& config, const Setting& value) -> std::string {
            const auto number = std::get<std::int64_t>(value);
            if (number < least || number > most) {
              return "must be between " + std::to_string(least) + " and " + std::to_string(most);
            }
            field(config) = number;
            return {};
          },
          [=](const Config& config) { return read_field(field, config); }};
}

ConfigKey boolean(std::string_view section, std::string_view name, const Field<bool>& field,
                  std::string_view comment) {
  return {section,
          name,
          comment,
          Kind::boolean,
          [=](Config& config, const Setting& value) -> std::string {
            field(config) = std::get<bool>(value);
            return {};
          },
          [=](const Config& config) { return read_field(field, config); }};
}

ConfigKey text(std::string_view section, std::string_view name, const Field<std::string>& field,
               std::string_view comment) {
  return {section,
          name,
          comment,
          Kind::text,
          [=](Config& config, const Setting& value) -> std::string {
            field(config) = std::get<std::string>(value);
            return {};
          },
          [=](const Config& config) { return read_field(field, config); }};
}

ConfigKey not_empty(ConfigKey key) {
  key.set = [set = key.set](Config& config, const Setting& value) -> std::string {
    if (std::get<std::string>(value).empty()) return "must not be empty";
    return set(config, value);
  };
  return key;
}

ConfigKey list(std::string_view section, std::string_view name, const Field<Strings>& field,
               std::string_view comment) {
  return {section,
          name,
          comment,
          Kind::list,
          [=](Config& config, const Setting& value) -> std::string {
            field(config) = std::get<Strings>(value);
            return {};
          },
          [=](const Config& config) { return read_field(field, config); }};
}

ConfigKey endpoints(std::string_view name, bool internal, const Field<std::vector<Endpoint>>& field,
                    std::string_view comment) {
  return {"server",
          name,
          comment,
          Kind::list,
          [=](Config& config, const Setting& value) -> std::string {
            std::vector<Endpoint> parsed;
            auto given = std::get<Strings>(value);
            if (internal && given == Strings{"off"}) given.clear();
            if (!internal && given.empty()) return "needs at least one address";
            for (const auto& one : given) {
              const auto endpoint = parse_endpoint(one, internal);
              if (!endpoint) return "\"" + one + "\" is not ADDRESS:PORT, such as 127.0.0.1:8080";
              parsed.push_back(*endpoint);
            }
            field(config) = std::move(parsed);
            return {};
          },
          [=](const Config& config) {
            Strings shown;
            for (const auto& one : read_field(field, config)) shown.push_back(format_endpoint(one));
            return shown;
          }};
}

}  // namespace lectern::app
