#include "base/contained.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lectern {
namespace {

class Lines : public LogSink {
 public:
  bool enabled(Level) const noexcept override { return true; }
  void write(Level, std::string_view line) noexcept override { lines.emplace_back(line); }

  std::vector<std::string> lines;
};

TEST(Contained, LogsWhatWasThrownAndSaysSo) {
  Lines log;
  EXPECT_FALSE(contained(&log, [] { throw std::runtime_error("a mistake"); }));
  EXPECT_FALSE(contained(&log, [] { throw 7; }));
  EXPECT_EQ(log.lines, (std::vector<std::string>{"a handler threw: a mistake",
                                                 "a handler threw: what is no std::exception"}));
}

TEST(Contained, NeedsNoLog) {
  EXPECT_FALSE(contained(nullptr, [] { throw 7; }));
  bool called = false;
  EXPECT_TRUE(contained(nullptr, [&] { called = true; }));
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace lectern
