#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "events/event_log.h"
#include "events/follow.h"
#include "store/database.h"
#include "store/event_rows.h"

namespace lectern::store {

struct WriterOptions {
  // Zero: an append is acknowledged when it is on disk. Else the disk is synced once in so many
  // milliseconds and an append is acknowledged before that: a loss of power then takes up to so
  // much of what was acknowledged.
  std::chrono::milliseconds sync_interval{0};
  // More events than this waiting or being written: further appends are refused at once.
  std::size_t max_queued_events = 8192;
  // Pages in the write-ahead log (4 KiB each) that make a checkpoint worth while, when nothing
  // waits, and at the latest. The second is far from the first, so that under load a checkpoint
  // delays less than one append in a hundred.
  int idle_checkpoint_pages = 1000;
  int checkpoint_pages = 8000;
};

// Counters since the start and gauges of this moment.
struct WriterStats {
  std::size_t queued_events = 0;  // gauge: waiting or being written
  std::uint64_t commits = 0;
  std::uint64_t events = 0;           // committed
  std::uint64_t refused_appends = 0;  // the queue was full
  std::uint64_t checkpoints = 0;
};

// The one thread that writes to the database, and its queue. Any thread may call.
//
// Group commit without a timer: whenever the thread is free it takes all that waits, at most
// kMaxBatch events, and writes it in one transaction. Results come after the commit, in the order
// of the appends, on the writer thread.
//
//   writing --(any error of SQLite in a transaction, its commit or a checkpoint)--> failed
//
// Once failed, nothing is acknowledged any more until the program is restarted: after a failed
// fsync the kernel may have dropped what it could not write, and a second fsync would succeed. A
// lock held by another program for longer than Database::kBusyMs only refuses the batch.
class Writer {
 public:
  using Done = events::EventLog::Done;
  using Job = UniqueFunction<void(Database&)>;

  static constexpr std::size_t kMaxBatch = 256;  // events in one transaction, unless one append
                                                 // alone has more

  // Creates or opens the database file (mode 0600). Throws DatabaseError.
  explicit Writer(const std::string& file, WriterOptions options = {});
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void append(events::Append append, Done done);

  // Runs `job` on the writer thread, inside a transaction that it shares with appends, and waits
  // for the commit. It may throw DatabaseError alone: a violated constraint takes back what the
  // job wrote, any other error fails the writer. False: nothing of the job was written, or whether
  // it was cannot be known. Never call it from a completion or a job.
  [[nodiscard]] bool run(Job job);

  bool writable() const { return !failed_ && !stopping_; }
  std::string failure() const;  // of the first failure; empty: none
  void fail(
      const std::string& why);  // from now on nothing is written; for readers that find damage
  WriterStats stats() const;
  events::Growth& growth() { return growth_; }  // is told after every commit

  // Refuses what comes now, writes what waits and ends the thread.
  void stop();
  // After stop(), and when no other connection is open: everything goes into the main file and
  // the write-ahead log disappears; not after a failure.
  void close_file();

 private:
  struct Waiting {  // a job and its caller
    Job job;
    bool committed = false;
    bool finished = false;
  };
  struct Work {
    events::Append append;
    Done done;
    Waiting* waiting = nullptr;  // then there is no append
    events::AppendResult result;

    std::size_t events() const { return waiting ? 1 : append.events.size(); }
  };

  void work();
  bool take_batch();
  void write_batch();
  void write_in_transaction();
  bool run_job(Waiting& waiting);
  void refuse_batch();
  void complete_batch();
  void sync_when_due();
  void checkpoint_when_due();

  const WriterOptions options_;
  std::optional<Database> database_;   // of the writer thread once that runs
  std::optional<EventWrites> events_;  // likewise
  std::vector<Work> batch_;            // likewise
  int log_pages_ = 0;                  // likewise: pages in the write-ahead log
  bool unsynced_ = false;              // likewise: with an interval, something waits for its sync
  std::chrono::steady_clock::time_point sync_at_;

  events::Growth growth_;
  mutable std::mutex mutex_;  // guards queue_, stopping_ and failure_ and what Waiting holds
  std::condition_variable work_arrived_;
  std::condition_variable job_finished_;
  std::deque<Work> queue_;
  std::string failure_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<std::size_t> queued_events_ = 0;
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> committed_events_ = 0;
  std::atomic<std::uint64_t> refused_appends_ = 0;
  std::atomic<std::uint64_t> checkpoints_ = 0;
  std::thread thread_;         // it uses everything above
  std::thread::id thread_id_;  // stays after the thread has ended
};

}  // namespace lectern::store
