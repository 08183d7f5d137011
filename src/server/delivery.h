#pragma once

#include <memory>
#include <string>

#include <lectern/broadcast.h>

#include "server/outgoing.h"

namespace lectern::server {

// One packet for many sockets, immutable and shared between the shards that carry it out.
struct Delivery {
  Selection to;
  Outgoing packet;
  bool is_volatile = false;
  std::string offset;  // its last argument, when it can be recovered; "": it cannot
};

using DeliveryPtr = std::shared_ptr<const Delivery>;

}  // namespace lectern::server
