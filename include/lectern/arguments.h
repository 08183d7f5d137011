#pragma once

#include <string>
#include <vector>

#include <boost/json/array.hpp>

namespace lectern {

/// Binary values of one packet, bytes each.
using Attachments = std::vector<std::string>;

/// The arguments of an event or of an acknowledgement. A binary value is an attachment, and where
/// it belongs stands the object that Socket.IO has for it on the wire:
/// `{"_placeholder": true, "num": n}` for the n-th attachment. Without attachments such an object
/// is plain data.
struct Arguments {
  boost::json::array values;  ///< JSON, with placeholders where binary values belong
  Attachments attachments;    ///< the n-th is what the placeholder with that `num` stands for
};

}  // namespace lectern
