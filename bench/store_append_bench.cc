// Durable appends, 64 in flight over 8 aggregates, 200 bytes of payload: what a busy quiz writes.
// Beside it, on the same file system: write() and fdatasync() of the same bytes in batches of 64,
// at the end of a file that grows, and over the blocks of a preallocated one, which is the least
// that a durable log can do.
//
//   store_append_bench [DIRECTORY] [SECONDS]
//
// Prints appends a second, the median and the 99th percentile of the time to the acknowledgement,
// and how they compare: the rate should be at least half the raw one, the 99th percentile at most
// three times the raw one plus 5 ms. All are measured in turns, because a disk's fsync drifts. Not
// measured: decide(), the hop from a shard to the writer, reads beside the appends.

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "store/sqlite_log.h"

namespace {

using namespace lectern;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kInFlight = 64;
constexpr std::size_t kPayload = 200;

struct Measured {
  std::size_t appends = 0;
  double seconds = 0;
  std::vector<double> milliseconds;  // to the acknowledgement, one per append

  double rate() const { return static_cast<double>(appends) / seconds; }
  double percentile(double fraction) {
    const auto index =
        static_cast<std::size_t>(fraction * static_cast<double>(milliseconds.size()));
    const auto nth = milliseconds.begin() +
                     static_cast<std::ptrdiff_t>(std::min(index, milliseconds.size() - 1));
    std::nth_element(milliseconds.begin(), nth, milliseconds.end());
    return *nth;
  }
};

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Sixty-four clients in a closed loop: each appends again when it was acknowledged.
class Clients {
 public:
  Clients(events::EventLog& log, Measured& measured) : log_(log), measured_(measured) {
    for (auto& aggregate : aggregates_) aggregate = Uuid::random();
  }

  void run(double seconds) {
    start_ = Clock::now();
    seconds_ = seconds;
    left_ = kInFlight;
    for (std::size_t client = 0; client < kInFlight; ++client) append(client);
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return left_ == 0; });
    measured_.seconds += since(start_);
  }

 private:
  void append(std::size_t client) {
    events::Append append{aggregates_[client % aggregates_.size()], {}, {}, ""};
    append.events.push_back(
        {Uuid::random(), "quiz:answer_submitted", std::string(kPayload, 'x'), 1700000000000});
    log_.append(std::move(append),
                [this, client, start = Clock::now()](events::AppendResult result) {
                  if (result.error) std::abort();
                  measured_.milliseconds.push_back(since(start) * 1000);
                  ++measured_.appends;
                  if (since(start_) < seconds_) return this->append(client);
                  std::lock_guard lock(mutex_);
                  if (--left_ == 0) ended_.notify_one();
                });
  }

  events::EventLog& log_;
  Measured& measured_;
  std::array<Uuid, 8> aggregates_;
  Clock::time_point start_;
  double seconds_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t left_ = 0;
};

class RawFile {
 public:
  RawFile(const std::string& name, bool preallocated)
      : file_(::open(name.c_str(), O_RDWR | O_CREAT, 0600)), wraps_(preallocated) {
    const std::string zeros(preallocated ? kSize : 0, '\0');
    if (file_ < 0 || ::write(file_, zeros.data(), zeros.size()) < 0 || ::fsync(file_) != 0) {
      std::perror(name.c_str());
      std::exit(2);
    }
  }
  ~RawFile() { ::close(file_); }

  void run(double seconds, Measured& measured) {
    const std::string batch(kInFlight * (kPayload + 64), 'x');  // with ids, type, version
    const auto start = Clock::now();
    do {
      const auto batch_start = Clock::now();
      if (wraps_ && offset_ + batch.size() > kSize) offset_ = 0;
      if (::pwrite(file_, batch.data(), batch.size(), static_cast<off_t>(offset_)) < 0 ||
          ::fdatasync(file_) != 0) {
        std::perror("write");
        std::exit(2);
      }
      offset_ += batch.size();
      measured.appends += kInFlight;
      measured.milliseconds.insert(measured.milliseconds.end(), kInFlight,
                                   since(batch_start) * 1000);
    } while (since(start) < seconds);
    measured.seconds += since(start);
  }

 private:
  static constexpr std::size_t kSize = 64 << 20;
  int file_;
  bool wraps_;
  std::size_t offset_ = 0;
};

void print(const char* name, Measured& measured) {
  std::printf("%-24s %8.0f appends/s  p50 %6.2f ms  p99 %6.2f ms\n", name, measured.rate(),
              measured.percentile(0.5), measured.percentile(0.99));
}

void compare(const char* name, Measured& raw, Measured& appended) {
  std::printf("against %s: rate %.2f x, p99 %.2f ms of %.2f ms allowed\n", name,
              appended.rate() / raw.rate(), appended.percentile(0.99),
              3 * raw.percentile(0.99) + 5);
}

}  // namespace

int main(int argc, char** argv) {
  // Flags are for the other benchmarks, which script/bench starts in the same way.
  while (argc > 1 && std::string_view(argv[1]).starts_with("--")) {
    --argc;
    ++argv;
  }
  std::string directory = std::string(argc > 1 ? argv[1] : ".") + "/append-bench-XXXXXX";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 6;
  if (!::mkdtemp(directory.data())) {
    std::perror(directory.c_str());
    return 2;
  }
  Measured growing;
  Measured preallocated;
  Measured appended;
  {
    RawFile growing_file(directory + "/growing", /*preallocated=*/false);
    RawFile preallocated_file(directory + "/preallocated", /*preallocated=*/true);
    store::Writer writer(directory + "/lectern.db");
    store::SqliteLog log(writer, directory + "/lectern.db");
    Clients clients(log, appended);
    for (int turn = 0; turn < 5; ++turn) {
      growing_file.run(seconds / 15, growing);
      preallocated_file.run(seconds / 15, preallocated);
      clients.run(seconds / 15);
    }
    const auto stats = writer.stats();
    std::printf("%.1f events a commit, %llu checkpoints\n",
                static_cast<double>(stats.events) / static_cast<double>(stats.commits),
                static_cast<unsigned long long>(stats.checkpoints));
    log.close();
  }
  std::filesystem::remove_all(directory);
  print("growing file", growing);
  print("preallocated file", preallocated);
  print("SqliteLog", appended);
  compare("the growing file", growing, appended);
  compare("the preallocated file", preallocated, appended);
}
