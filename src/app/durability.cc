#include "app/durability.h"

namespace lectern::app {

Durability durability_of(const Config::Store& store) {
  if (store.engine == Config::StoreEngine::memory) {
    return {"none", {}, "store.engine = \"memory\": everything is lost when this process ends"};
  }
  if (store.sync_interval_ms == 0) return {"sync", 0, ""};
  const auto ms = std::to_string(store.sync_interval_ms);
  return {"interval:" + ms, store.sync_interval_ms,
          "store.durability = \"interval:" + ms + "\": a failure of power may take the last " + ms +
              " ms of what was acknowledged; the end of this process alone takes nothing"};
}

}  // namespace lectern::app
