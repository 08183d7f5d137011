#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace lectern::store {

// For tests: stands between SQLite and the disk and knows, at any moment, what would be left of the
// files if the power failed. One at a time; databases that were opened while it lives must be
// closed before it ends. SQLite's own files are not disturbed: a failure of power is a copy of what
// would be left, put elsewhere.
//
// What was synced is left. Of what was written or cut off since, each sector of 512 bytes by itself
// is there or is not: writes are dropped, torn and reordered. A file that was never synced may be
// missing, a file that was deleted may be back.
class SimulatedDisk {
 public:
  SimulatedDisk();
  ~SimulatedDisk();
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // The power fails at the write, sync, cut or deletion with this number, counted from now (0: the
  // next one): what is left is put into `directory` as a draw by `seed` decides, then `failed` runs
  // on the thread that wrote.
  void fail_at(std::size_t number, const std::string& directory, unsigned seed,
               std::function<void()> failed);
  // Syncs report success and do nothing, like a disk that lies.
  void ignore_syncs(bool ignore);
};

}  // namespace lectern::store
