#include "app/memory_limits.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/temporary_directory.h"

namespace lectern::app {
namespace {

constexpr std::int64_t kMegabyte = 1024 * 1024;

class ControlGroup : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    const auto file = std::filesystem::path(root() + path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::string root() const { return directory_.path(); }

  store::TemporaryDirectory directory_;
};

// M4, D14.
TEST_F(ControlGroup, TheLeastLimitOfTheGroupAndThoseAboveItCounts) {
  EXPECT_EQ(control_group_limit(root()), std::nullopt);
  write("/proc/self/cgroup", "0::/system.slice/lectern.service\n");
  EXPECT_EQ(control_group_limit(root()), std::nullopt);
  write("/sys/fs/cgroup/system.slice/lectern.service/memory.max", "max\n");
  EXPECT_EQ(control_group_limit(root()), std::nullopt);
  write("/sys/fs/cgroup/system.slice/lectern.service/memory.max", "800000000\n");
  EXPECT_EQ(control_group_limit(root()), 800'000'000);
  write("/sys/fs/cgroup/system.slice/memory.max", "700000000\n");
  EXPECT_EQ(control_group_limit(root()), 700'000'000);
}

TEST_F(ControlGroup, AContainerSeesItsOwnGroupAsTheRoot) {
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/memory.max", "500000000\n");
  EXPECT_EQ(control_group_limit(root()), 500'000'000);
}

TEST_F(ControlGroup, Version1) {
  write("/proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a/b\n0::/\n");
  write("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(control_group_limit(root()), std::nullopt);
  write("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "600000000\n");
  EXPECT_EQ(control_group_limit(root()), 600'000'000);
}

TEST(MemoryLimits, AreThoseConfiguredUnlessTheKernelGrantsLess) {
  Config::Memory config;
  config.soft_limit_mb = 500;
  EXPECT_EQ(memory_limits(config, std::nullopt).soft, 500 * kMegabyte);
  EXPECT_EQ(memory_limits(config, std::nullopt).hard, 0);
  EXPECT_EQ(memory_limits(config, 2000 * kMegabyte).soft, 500 * kMegabyte);
  EXPECT_EQ(memory_limits(config, 2000 * kMegabyte).hard, 1900 * kMegabyte);
  EXPECT_EQ(memory_limits(config, 500 * kMegabyte).soft, 400 * kMegabyte);
  config.hard_limit_mb = 1000;
  EXPECT_EQ(memory_limits(config, 2000 * kMegabyte).hard, 1000 * kMegabyte);
  EXPECT_EQ(memory_limits(config, 1000 * kMegabyte).hard, 950 * kMegabyte);
  config.soft_limit_mb = 0;  // switched off
  EXPECT_EQ(memory_limits(config, 1000 * kMegabyte).soft, 0);
}

// M5.
TEST(MemoryLimits, PressureThatStaysTakesAllHistory) {
  EXPECT_EQ(history_age_under_pressure(1'800'000, 1), 1'800'000);
  EXPECT_EQ(history_age_under_pressure(1'800'000, 2), 900'000);
  EXPECT_EQ(history_age_under_pressure(1'800'000, 22), 0);
  EXPECT_EQ(history_age_under_pressure(1'800'000, 1000), 0);
}

TEST(MemoryLimits, ThisProcessHoldsSomething) { EXPECT_GT(resident_bytes(), kMegabyte); }

}  // namespace
}  // namespace lectern::app
