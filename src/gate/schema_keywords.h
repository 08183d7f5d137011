#pragma once

#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

namespace lectern::gate {

// Makes a JSON Schema of an own event ready for the validator: takes out what only describes, and
// gathers the regular expressions. Empty, or why the schema cannot be used: a keyword that the
// validator would pass over in silence, or a reference that might not end.
std::string prepare_schema(boost::json::value& schema, std::vector<std::string>& patterns);

}  // namespace lectern::gate
