#include "app/event_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace lectern::app {

boost::json::object event_object(const events::DomainEvent& event) {
  return {{"id", event.id.to_string()},
          {"type", event.type},
          {"aggregateId", event.aggregate.to_string()},
          {"payload", boost::json::parse(event.payload)},
          {"timestamp", event.timestamp},
          {"version", event.version}};
}

}  // namespace lectern::app
