#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/uuid.h"
#include "gate/payloads.h"

namespace lectern::gate {

// An event that the operator of the server described, on its way into a room.
struct OwnEvent {
  Uuid room;
  std::string name;
  boost::json::object payload;  // fits its schema; every string is clean, `roomId` included
};

// The events of one's own: a directory with one JSON Schema file for each (docs/own-events.md).
// Immutable once it is read, so any number of threads may ask it at once.
class OwnEvents {
 public:
  OwnEvents();
  ~OwnEvents();
  OwnEvents(const OwnEvents&) = delete;
  OwnEvents& operator=(const OwnEvents&) = delete;

  // Reads every `<event>.json` of the directory, `:` written as `.`. What is wrong, "<file>:
  // <reason>", is added to `problems`; then the set is incomplete and not to be used.
  static std::shared_ptr<const OwnEvents> read(const std::string& directory,
                                               std::vector<std::string>& problems);

  // Adds one event; empty, or why not.
  std::string add(std::string_view name, std::string_view schema);

  bool contains(std::string_view name) const { return schemas_.find(name) != schemas_.end(); }
  std::size_t size() const { return schemas_.size(); }
  bool same_as(const OwnEvents& other) const;  // the same names with the same schemas

  // `name` is one of them. Errors are those of the schema, of a `roomId` that is no UUID and of
  // names of members that are no plain text.
  Parsed<OwnEvent> parse(std::string_view name, boost::json::object& payload) const;

 private:
  struct Schema;
  std::map<std::string, std::unique_ptr<Schema>, std::less<>> schemas_;
};

// Why no event of one's own may have that name; empty: it may.
std::string problem_of_event_name(std::string_view name);

}  // namespace lectern::gate
