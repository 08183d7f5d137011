#include "store/store.h"

namespace lectern::store {

Store::Store(const std::string& file, WriterOptions options)
    : writer_(file, options), log_(writer_, file), accounts_(writer_, file) {}

void Store::close() {
  // The readers go after the last completion, which may read, and before the writer's connection,
  // which removes the write-ahead log only as the last one.
  writer_.stop();
  log_.close();
  accounts_.close();
  writer_.close_file();
}

}  // namespace lectern::store
