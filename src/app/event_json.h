#pragma once

#include <boost/json/object.hpp>

#include "events/event.h"

namespace lectern::app {

// A stored event as HTTP and `lectern export` show it: {id, type, aggregateId, payload, timestamp,
// version}.
boost::json::object event_object(const events::DomainEvent& event);

}  // namespace lectern::app
