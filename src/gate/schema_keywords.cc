#include "gate/schema_keywords.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <boost/json/value.hpp>

#include "gate/own_events.h"

namespace lectern::gate {
namespace {

namespace json = boost::json;

template <std::size_t size>
bool among(const std::string_view (&words)[size], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

constexpr std::string_view kDescribing[] = {
    "$schema",  "$id",      "$comment", "title",           "description",
    "default",  "format",   "examples", "contentEncoding", "contentMediaType",
    "readOnly", "writeOnly"};
constexpr std::string_view kValues[] = {"type",
                                        "enum",
                                        "const",
                                        "multipleOf",
                                        "maximum",
                                        "exclusiveMaximum",
                                        "minimum",
                                        "minItems",
                                        "maxItems",
                                        "uniqueItems",
                                        "exclusiveMinimum",
                                        "maxLength",
                                        "required",
                                        "minLength",
                                        "maxProperties",
                                        "minProperties",
                                        "$ref",
                                        "pattern"};
constexpr std::string_view kSchemas[] = {"items",         "additionalItems",
                                         "contains",      "additionalProperties",
                                         "propertyNames", "if",
                                         "then",          "else",
                                         "not",           "allOf",
                                         "anyOf",         "oneOf"};
constexpr std::string_view kNamedSchemas[] = {"properties", "definitions", "dependencies"};

class Walk {
 public:
  explicit Walk(std::vector<std::string>& patterns) : patterns_(patterns) {}

  std::string schema(json::value& value, bool defining) {
    if (value.is_bool()) return {};
    auto* object = value.if_object();
    if (!object) return "has a schema that is neither an object nor a boolean";
    for (const auto word : kDescribing) object->erase(word);
    for (auto& member : *object) {
      if (auto problem = keyword(member.key(), member.value(), defining); !problem.empty()) {
        return problem;
      }
    }
    return {};
  }

 private:
  std::string keyword(std::string_view word, json::value& value, bool defining) {
    if (word == "$ref") return reference(value, defining);
    if (word == "pattern" && value.is_string()) patterns_.emplace_back(value.get_string());
    if (among(kValues, word)) return {};
    if (among(kSchemas, word)) {
      if (!value.is_array()) return schema(value, defining);
      return each(value.get_array(), defining);
    }
    if (!among(kNamedSchemas, word)) {
      return "uses the keyword \"" + std::string(word) + "\", which is not supported";
    }
    auto* named = value.if_object();
    if (!named) return "has \"" + std::string(word) + "\" that is no object";
    for (auto& member : *named) {
      if (word == "dependencies" && member.value().is_array()) continue;  // names
      auto problem = schema(member.value(), defining || word == "definitions");
      if (!problem.empty()) return problem;
    }
    return {};
  }

  std::string each(json::array& schemas, bool defining) {
    for (auto& element : schemas) {
      if (auto problem = schema(element, defining); !problem.empty()) return problem;
    }
    return {};
  }

  // Definitions that refer to nothing cannot refer to themselves.
  static std::string reference(const json::value& value, bool defining) {
    const auto* target = value.if_string();
    constexpr std::string_view kPlace = "#/definitions/";
    const bool good = target && std::string_view(*target).starts_with(kPlace) &&
                      std::string_view(*target).find('/', kPlace.size()) == std::string_view::npos;
    if (good && !defining) return {};
    return "has a $ref other than to \"#/definitions/…\", or one within definitions";
  }

  std::vector<std::string>& patterns_;
};

// What the server and its clients say to each other, and what Socket.IO says.
constexpr std::string_view kReserved[] = {"connect",
                                          "connect_error",
                                          "disconnect",
                                          "disconnecting",
                                          "newListener",
                                          "removeListener",
                                          "error",
                                          "auth",
                                          "ping",
                                          "pong",
                                          "message",
                                          "user:action",
                                          "user:typing",
                                          "room:create",
                                          "room:created",
                                          "room:configure",
                                          "room:configured",
                                          "room:close",
                                          "room:closed",
                                          "room:participants",
                                          "room:presence",
                                          "chat:message",
                                          "chat:history",
                                          "chat:message_posted",
                                          "chat:moderate",
                                          "chat:moderated"};
constexpr std::string_view kReservedStarts[] = {"quiz:", "server:", "auth:"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

std::string prepare_schema(json::value& schema, std::vector<std::string>& patterns) {
  if (!schema.is_object()) return "must be a JSON object";
  return Walk(patterns).schema(schema, /*defining=*/false);
}

std::string problem_of_event_name(std::string_view name) {
  constexpr std::size_t kMost = 64;
  bool good = !name.empty() && name.size() <= kMost && name.front() != ':' && name.back() != ':';
  for (const char c : name) good = good && (is_letter(c) || c == ':');
  if (!good) return "names no event: 1 to 64 letters, digits, _ and -, with dots between";
  bool reserved = among(kReserved, name);
  for (const auto start : kReservedStarts) reserved = reserved || name.starts_with(start);
  if (reserved) return "names \"" + std::string(name) + "\", an event of the server's own";
  return {};
}

}  // namespace lectern::gate
