#include "store/writer.h"

#include <cassert>
#include <utility>

#include <sqlite3.h>

#include "store/schema.h"

namespace lectern::store {
namespace {

using namespace std::chrono_literals;

bool is_busy(const DatabaseError& error) { return (error.code() & 0xff) == SQLITE_BUSY; }

}  // namespace

Writer::Writer(const std::string& file, WriterOptions options) : options_(options) {
  create_private_file(file);
  database_.emplace(file);
  prepare_for_writing(*database_, file);
  if (options_.sync_interval > 0ms) database_->execute("PRAGMA synchronous = NORMAL");
  sqlite3_wal_hook(
      database_->handle(),
      [](void* pages, sqlite3*, const char*, int now) {
        *static_cast<int*>(pages) = now;
        return SQLITE_OK;
      },
      &log_pages_);
  events_.emplace(*database_);
  batch_.reserve(kMaxBatch);
  thread_ = std::thread([this] { work(); });
  thread_id_ = thread_.get_id();
}

Writer::~Writer() {
  stop();
  close_file();
}

void Writer::append(events::Append append, Done done) {
  assert(!append.events.empty());
  const std::size_t count = append.events.size();
  {
    std::lock_guard lock(mutex_);
    if (writable() && queued_events_ + count <= options_.max_queued_events) {
      queued_events_ += count;
      const bool was_empty = queue_.empty();
      queue_.push_back({std::move(append), std::move(done), nullptr, {}});
      // While the queue is not empty, the thread is about to look at it anyway.
      if (was_empty) work_arrived_.notify_one();
      return;
    }
  }
  ++refused_appends_;
  done({events::AppendError::store_unavailable, 0, false});
}

bool Writer::run(Job job) {
  assert(std::this_thread::get_id() != thread_id_);
  Waiting waiting{std::move(job)};
  std::unique_lock lock(mutex_);
  if (!writable()) return false;
  ++queued_events_;
  queue_.push_back({{}, {}, &waiting, {}});
  work_arrived_.notify_one();
  job_finished_.wait(lock, [&] { return waiting.finished; });
  return waiting.committed;
}

std::string Writer::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void Writer::fail(const std::string& why) {
  std::lock_guard lock(mutex_);
  if (failed_) return;
  failure_ = why;
  failed_ = true;
}

WriterStats Writer::stats() const {
  return {queued_events_, commits_, committed_events_, refused_appends_, checkpoints_};
}

void Writer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    work_arrived_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Writer::close_file() {
  assert(!thread_.joinable());
  if (!database_) return;
  if (failed_) {
    // What was acknowledged is safe in the write-ahead log; the next start takes it from there.
    sqlite3_db_config(database_->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  } else {
    // Closing the last connection does the same; this is for the case that it is not the last.
    sqlite3_wal_checkpoint_v2(database_->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                              nullptr);
  }
  events_.reset();
  database_.reset();
}

void Writer::work() {
  while (take_batch()) {
    if (!batch_.empty()) {
      write_batch();
      complete_batch();
    }
    sync_when_due();
    checkpoint_when_due();
  }
  if (unsynced_) {
    sync_at_ = {};
    sync_when_due();
  }
}

// Waits for work, or until a sync is due: then the batch is empty. False: stopped, nothing left.
bool Writer::take_batch() {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return stopping_ || !queue_.empty(); };
  if (unsynced_) {
    work_arrived_.wait_until(lock, sync_at_, ready);
  } else {
    work_arrived_.wait(lock, ready);
  }
  if (queue_.empty()) return !stopping_;
  std::size_t count = 0;
  do {
    count += queue_.front().events();
    batch_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  } while (!queue_.empty() && count + queue_.front().events() <= kMaxBatch);
  return true;
}

void Writer::write_batch() {
  if (failed_) return refuse_batch();
  try {
    database_->execute("BEGIN IMMEDIATE");
  } catch (const DatabaseError& error) {
    if (!is_busy(error)) fail(error.what());
    return refuse_batch();
  }
  try {
    write_in_transaction();
    database_->execute("COMMIT");
  } catch (const DatabaseError& error) {
    fail(error.what());
    events_->forget();
    sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    return refuse_batch();
  }
  ++commits_;
  growth_.tell();
  if (options_.sync_interval > 0ms && !unsynced_) {
    unsynced_ = true;
    sync_at_ = std::chrono::steady_clock::now() + options_.sync_interval;
  }
}

void Writer::write_in_transaction() {
  for (Work& work : batch_) {
    if (work.waiting) {
      if (!run_job(*work.waiting)) work.result.error = events::AppendError::store_unavailable;
    } else {
      work.result = events_->write(work.append);
    }
  }
}

// A constraint concerns the job alone: what it wrote is taken back, the others are not.
bool Writer::run_job(Waiting& waiting) {
  database_->execute("SAVEPOINT job");
  bool done = true;
  try {
    waiting.job(*database_);
  } catch (const DatabaseError& error) {
    if ((error.code() & 0xff) != SQLITE_CONSTRAINT) throw;
    database_->execute("ROLLBACK TO job");
    done = false;
  }
  database_->execute("RELEASE job");
  return done;
}

void Writer::refuse_batch() {
  for (Work& work : batch_) {
    work.result = {events::AppendError::store_unavailable, 0, false};
  }
}

void Writer::complete_batch() {
  std::size_t count = 0;
  for (Work& work : batch_) {
    count += work.events();
    if (work.waiting) {
      std::lock_guard lock(mutex_);
      work.waiting->committed = !work.result.error;
      work.waiting->finished = true;
      job_finished_.notify_all();
    } else {
      if (!work.result.error && !work.result.repeated) committed_events_ += work.events();
      work.done(work.result);
    }
  }
  batch_.clear();
  queued_events_ -= count;
}

// SQLite syncs the whole write-ahead log when it commits with synchronous = FULL, whatever was
// committed before without a sync.
void Writer::sync_when_due() {
  if (!unsynced_ || std::chrono::steady_clock::now() < sync_at_) return;
  unsynced_ = false;
  if (failed_) return;
  try {
    database_->execute(
        "PRAGMA synchronous = FULL;"
        "BEGIN IMMEDIATE;"
        "INSERT INTO meta VALUES ('synced', '1')"
        "  ON CONFLICT (name) DO UPDATE SET value = value + 1;"
        "COMMIT;"
        "PRAGMA synchronous = NORMAL;");
  } catch (const DatabaseError& error) {
    if (!is_busy(error)) return fail(error.what());
    unsynced_ = true;
    sync_at_ = std::chrono::steady_clock::now() + options_.sync_interval;
  }
}

void Writer::checkpoint_when_due() {
  if (failed_ || log_pages_ < options_.idle_checkpoint_pages) return;
  if (log_pages_ < options_.checkpoint_pages) {
    std::lock_guard lock(mutex_);
    if (!queue_.empty()) return;
  }
  // Passive: it waits for nobody. What readers hold back is copied the next time.
  int pages = 0;
  int copied = 0;
  const int result = sqlite3_wal_checkpoint_v2(database_->handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  if (result != SQLITE_OK && (result & 0xff) != SQLITE_BUSY) fail("checkpoint failed");
  ++checkpoints_;
  log_pages_ = 0;  // until the next commit tells how many there are
}

}  // namespace lectern::store
