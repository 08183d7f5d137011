#pragma once

namespace lectern {

/// How Socket.IO packets look on the wire; both ends must be built with the same.
enum class Parser {
  json,     ///< the default of every client
  msgpack,  ///< socket.io-msgpack-parser: one binary message for each packet
};

}  // namespace lectern
