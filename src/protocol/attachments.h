#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <lectern/arguments.h>
#include <lectern/error.h>

namespace lectern::protocol {

// The binary values of a packet, in the order of their numbers. They stand beside its JSON, which
// holds {"_placeholder":true,"num":n} where attachment n belongs.
// Source: socket.io-protocol v5, "Packet encoding", binary event.
using lectern::Attachments;

// The placeholder of attachment `num`.
[[nodiscard]] boost::json::object placeholder(std::size_t num,
                                              boost::json::storage_ptr storage = {});

// Whether the object claims to be a placeholder: its "_placeholder" is true. In a packet without
// attachments this claim means nothing, such an object is data like any other.
[[nodiscard]] bool is_placeholder(const boost::json::object& object);

// The number of a placeholder as placeholder() makes them: those two keys and no other, and an
// integer that is not negative. Nothing for every other object.
[[nodiscard]] std::optional<std::size_t> placeholder_num(const boost::json::object& object);

// Holds the content of a packet with `attachments` attachments to its promises: whatever claims to
// be a placeholder has a number below `attachments`, and no two have the same. An attachment may
// be used by none.
//
// Error: malformed_packet. Allocates one number per placeholder, whatever `attachments` says.
// Recursion is as deep as `content`, which parse_json() bounds by kMaxJsonDepth.
[[nodiscard]] Result<void> check_placeholders(const boost::json::value& content,
                                              std::size_t attachments);

}  // namespace lectern::protocol
