#include "gate/own_events.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <unordered_map>
#include <utility>

#define VALIJSON_USE_EXCEPTIONS 1  // else it ends the process
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validation_visitor.hpp>

#include "gate/fields.h"
#include "gate/sanitiser.h"
#include "gate/schema_keywords.h"

namespace lectern::gate {
namespace {

namespace json = boost::json;
using Adapter = valijson::adapters::BoostJsonAdapter;
using Patterns = std::unordered_map<std::string, std::regex>;

constexpr std::size_t kMaxFileBytes = 1'000'000;
constexpr std::size_t kMaxMatched = 1000;  // bytes of a string where the schema has a pattern

// The engine that this flag chooses never backtracks: neither the time nor the stack that a match
// takes is in the hands of who wrote the text.
std::regex regex_of(const std::string& pattern) {
  return std::regex(pattern, std::regex::ECMAScript | std::regex_constants::__polynomial);
}

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

// Brings a payload into the form in which others get it, and says what it cannot be.
class Cleaning {
 public:
  explicit Cleaning(bool matched) : matched_(matched) {}

  // Before the schema looks at it: numbers, and whatever a schema does not see.
  void prepare(json::value& value, const std::string& path) {
    if (auto* object = value.if_object()) {
      for (auto& [key, member] : *object) {
        const auto inner = joined(path, key);
        if (!is_plain(key)) return fail(inner, "is no name that a member may have");
        prepare(member, inner);
      }
    } else if (auto* array = value.if_array()) {
      std::size_t index = 0;
      for (auto& element : *array) prepare(element, joined(path, std::to_string(index++)));
    } else if (value.is_double()) {
      if (const auto integer = safe_integer(value)) value = *integer;
    } else if (const auto* text = value.if_string();
               text && matched_ && text->size() > kMaxMatched) {
      fail(path, "must have at most " + std::to_string(kMaxMatched) + " bytes");
    }
  }

  static void clean(json::value& value) {
    if (auto* object = value.if_object()) {
      for (auto& member : *object) clean(member.value());
    } else if (auto* array = value.if_array()) {
      for (auto& element : *array) clean(element);
    } else if (const auto* text = value.if_string()) {
      value = sanitise(*text).html;
    }
  }

  std::optional<ValidationError>& error() { return error_; }

 private:
  // Names reach the scripts of others, where these three are more than names.
  static bool is_plain(std::string_view key) {
    return key != "__proto__" && key != "constructor" && key != "prototype" &&
           clean_name(key, key.size()) == key;
  }

  void fail(const std::string& field, const std::string& why) {
    if (!error_) error_ = ValidationError{field, "Validation error: " + field + ' ' + why};
  }

  bool matched_;
  std::optional<ValidationError> error_;
};

// What stands between the quotes at the end of "… 'x'."
std::string quoted_name(std::string_view description) {
  const auto first = description.find(": '");
  const auto begin = first != description.npos ? first + 3 : description.find('\'') + 1;
  const auto end = description.rfind('\'');
  return std::string(end > begin ? description.substr(begin, end - begin) : std::string_view{});
}

ValidationError error_of(const valijson::ValidationResults& results) {
  if (results.numErrors() == 0)
    return {"", "Validation error: the payload does not fit its schema"};
  const auto& first = *results.begin();  // the innermost
  std::string field;
  for (const auto& step : first.context) {
    if (step.size() < 2 || !step.starts_with('[')) continue;
    field = joined(field, std::string_view(step).substr(1, step.size() - 2));
  }
  std::string why = "does not fit its schema: " + first.description;
  if (first.description.starts_with("Missing required property '")) {
    field = joined(field, quoted_name(first.description));
    why = "is required";
  } else if (first.description.starts_with("Object contains a property that could not")) {
    field = joined(field, quoted_name(first.description));
    why = "is unknown";
  }
  return {field, "Validation error: " + (field.empty() ? "the payload" : field) + ' ' + why};
}

std::optional<std::string> contents(const std::filesystem::path& file, std::string& problem) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) {
    problem = std::string("cannot be read: ") + std::strerror(errno);
    return std::nullopt;
  }
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() <= kMaxFileBytes) return text;
  problem = "is larger than " + std::to_string(kMaxFileBytes) + " bytes";
  return std::nullopt;
}

}  // namespace

struct OwnEvents::Schema {
  std::string text;
  valijson::Schema rules;
  // Holds every pattern of the schema, so that validating only reads it.
  mutable Patterns patterns;
};

OwnEvents::OwnEvents() = default;
OwnEvents::~OwnEvents() = default;

std::string OwnEvents::add(std::string_view name, std::string_view text) {
  if (auto problem = problem_of_event_name(name); !problem.empty()) return problem;
  boost::system::error_code error;
  auto document = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return "is no JSON: " + error.message();
  std::vector<std::string> patterns;
  if (auto problem = prepare_schema(document, patterns); !problem.empty()) return problem;
  auto schema = std::make_unique<Schema>();
  schema->text = text;
  try {
    for (const auto& pattern : patterns) schema->patterns.emplace(pattern, regex_of(pattern));
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(Adapter(document), schema->rules);
  } catch (const std::regex_error&) {
    return "has a pattern that is no regular expression, or one with back-references";
  } catch (const std::exception& problem) {
    return std::string("is no JSON Schema: ") + problem.what();
  }
  schemas_.insert_or_assign(std::string(name), std::move(schema));
  return {};
}

std::shared_ptr<const OwnEvents> OwnEvents::read(const std::string& directory,
                                                 std::vector<std::string>& problems) {
  auto events = std::make_shared<OwnEvents>();
  std::error_code error;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  if (error) problems.push_back(directory + ": cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::string problem;
    const auto text = contents(file, problem);
    auto name = file.stem().string();
    std::replace(name.begin(), name.end(), '.', ':');
    if (text) problem = events->add(name, *text);
    if (!problem.empty()) problems.push_back(file.string() + ": " + problem);
  }
  return events;
}

bool OwnEvents::same_as(const OwnEvents& other) const {
  return std::equal(schemas_.begin(), schemas_.end(), other.schemas_.begin(), other.schemas_.end(),
                    [](const auto& mine, const auto& theirs) {
                      return mine.first == theirs.first && mine.second->text == theirs.second->text;
                    });
}

Parsed<OwnEvent> OwnEvents::parse(std::string_view name, json::object& payload) const {
  const auto& schema = *schemas_.find(name)->second;
  json::value value(std::move(payload));
  Cleaning cleaning(!schema.patterns.empty());
  cleaning.prepare(value, {});
  if (cleaning.error()) return std::move(*cleaning.error());
  valijson::ValidationResults results;
  valijson::ValidationVisitor<Adapter> visitor(Adapter(value), {"<root>"}, /*strictTypes=*/true,
                                               &results, schema.patterns);
  if (!visitor.validateSchema(schema.rules)) return error_of(results);
  std::optional<ValidationError> error;
  Fields fields(value.get_object(), {}, error);
  const auto room = fields.uuid("roomId");
  if (error) return std::move(*error);
  Cleaning::clean(value);
  return OwnEvent{room, std::string(name), std::move(value.get_object())};
}

}  // namespace lectern::gate
