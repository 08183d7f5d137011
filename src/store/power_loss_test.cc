#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "store/simulated_disk.h"
#include "store/sqlite_log.h"
#include "store/temporary_directory.h"
#include "store/verify.h"

// LECTERN_POWER_SEEDS sets how often the power fails.

namespace lectern::store {
namespace {

constexpr std::size_t kAggregates = 3;

Uuid aggregate(std::size_t index) {
  Uuid id;
  id.bytes[0] = static_cast<std::uint8_t>(index + 1);
  return id;
}

// Payload of version n of an aggregate: its number, and up to some pages of filling.
std::string payload(std::uint64_t version) {
  return std::to_string(version) + ' ' + std::string(version * 7919 % 9000, 'x');
}

struct Failed {
  bool failed = false;
  std::array<std::uint64_t, kAggregates> acknowledged{};  // versions, when the power failed
};

// Appends with up to 16 in flight until the power fails, which leaves its files in `left`. The
// store is stopped and opened again on the way, and its write-ahead log copied often.
class Power {
 public:
  Power(SimulatedDisk& disk, WriterOptions options) : disk_(disk), options_(options) {
    options_.idle_checkpoint_pages = 8;
    options_.checkpoint_pages = 40;
  }

  Failed fail(unsigned seed, const std::string& left) {
    std::mt19937 random(seed);
    disk_.fail_at(random() % 500, left, seed, [this] {
      for (std::size_t i = 0; i < kAggregates; ++i) failed_.acknowledged[i] = acknowledged_[i];
      failed_.failed = true;
      over_ = true;
    });
    while (!over_) run(random, 20 + random() % 60);
    return failed_;
  }

 private:
  void run(std::mt19937& random, std::size_t appends) {
    Writer writer(directory_.file("lectern.db"), options_);
    SqliteLog log(writer, directory_.file("lectern.db"));
    for (std::size_t i = 0; i < appends && !over_; ++i) append(log, random() % kAggregates);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ == 0; });
    lock.unlock();
    writer.stop();
    log.close();
  }

  void append(SqliteLog& log, std::size_t index) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return in_flight_ < 16; });
      ++in_flight_;
    }
    const std::uint64_t version = ++appended_.at(index);
    log.append({aggregate(index),
                version - 1,
                {{Uuid::random(), "chat:message_posted", payload(version), 0}},
                ""},
               [this, index](events::AppendResult result) {
                 EXPECT_FALSE(result.error);
                 acknowledged_.at(index) = result.first_version;
                 const std::lock_guard lock(mutex_);
                 --in_flight_;
                 changed_.notify_one();
               });
  }

  SimulatedDisk& disk_;
  WriterOptions options_;
  TemporaryDirectory directory_;
  std::array<std::uint64_t, kAggregates> appended_{};
  std::array<std::atomic<std::uint64_t>, kAggregates> acknowledged_{};
  std::atomic<bool> over_ = false;
  Failed failed_;
  std::mutex mutex_;  // guards in_flight_
  std::condition_variable changed_;
  int in_flight_ = 0;
};

struct Left {
  std::vector<std::string> damage;
  std::uint64_t lost = 0;  // acknowledged versions that are not there
  bool other = false;      // something that was never appended
};

// Opens what is left as a start of the server would.
Left look_at(const std::string& file, const Failed& failed) {
  Left left;
  std::optional<Writer> writer;
  writer.emplace(file);
  SqliteLog log(*writer, file);
  for (std::size_t i = 0; i < kAggregates; ++i) {
    const auto read = log.read(aggregate(i), 1, 1'000'000);
    for (std::size_t n = 0; n < read.size(); ++n) {
      left.other |= read[n].version != n + 1 || read[n].payload != payload(n + 1);
    }
    if (read.size() < failed.acknowledged[i]) left.lost += failed.acknowledged[i] - read.size();
  }
  left.damage = verify(file).damage;
  return left;
}

int seeds() {
  const char* given = std::getenv("LECTERN_POWER_SEEDS");
  return given ? std::atoi(given) : 10;
}

Left fail_and_look(unsigned seed, WriterOptions options, bool disk_lies = false) {
  SimulatedDisk disk;
  disk.ignore_syncs(disk_lies);
  const TemporaryDirectory left;
  const Failed failed = Power(disk, options).fail(seed, left.path());
  create_private_file(left.file("lectern.db"));  // it may be missing, as before the first start
  return look_at(left.file("lectern.db"), failed);
}

TEST(PowerLoss, LosesNothingThatWasAcknowledged) {
  for (int seed = 0; seed < seeds(); ++seed) {
    const Left left = fail_and_look(static_cast<unsigned>(seed), {});
    EXPECT_EQ(left.lost, 0U) << "seed " << seed;
    EXPECT_FALSE(left.other) << "seed " << seed;
    EXPECT_EQ(left.damage, std::vector<std::string>()) << "seed " << seed;
  }
}

TEST(PowerLoss, WithAnIntervalLosesTheEndAndNothingElse) {
  // Most failures come just behind a checkpoint, which syncs: it goes on until one does not.
  constexpr int kMost = 300;
  std::uint64_t lost = 0;
  for (int seed = 0; seed < seeds() || (lost == 0 && seed < kMost); ++seed) {
    const Left left =
        fail_and_look(static_cast<unsigned>(seed), {.sync_interval = std::chrono::hours(1)});
    lost += left.lost;
    EXPECT_FALSE(left.other) << "seed " << seed;
    EXPECT_EQ(left.damage, std::vector<std::string>()) << "seed " << seed;
  }
  EXPECT_GT(lost, 0U) << "no test of what may be lost";
}

// What the test above relies on: a disk that does not sync is found out.
TEST(PowerLoss, ADiskThatOnlyPretendsToSyncLosesAcknowledgedEvents) {
  int found_out = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    try {
      const Left left = fail_and_look(seed, {}, /*disk_lies=*/true);
      if (left.lost > 0 || left.other || !left.damage.empty()) ++found_out;
    } catch (const DatabaseError&) {
      ++found_out;
    }
  }
  EXPECT_GT(found_out, 0);
}

}  // namespace
}  // namespace lectern::store
