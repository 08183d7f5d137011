#pragma once

#include <string_view>

#include <lectern/arguments.h>
#include <boost/json/object.hpp>

// Prints what happened as one line of JSON: {"at":ms since the epoch,"what":…, fields…}. Any
// thread.
void report(std::string_view what, const boost::json::object& fields);

// The arguments with their binary values in place, as Node.js writes a Buffer in JSON:
// {"type":"Buffer","data":[1,2,3]}; and the other way round.
boost::json::array readable(const boost::json::array& args,
                            const lectern::Attachments& attachments);
lectern::Arguments with_attachments(const boost::json::array& args);
