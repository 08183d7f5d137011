#include "app/counters.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string lines_of(const ServerStats& stats) {
  std::string out;
  write_server_stats(out, stats);
  return out;
}

TEST(ServerStatsLines, AreOfTheExpositionFormat) {
  ServerStats stats;
  stats.messages_in = 7;
  EXPECT_THAT(lines_of(stats),
              HasSubstr("# HELP lectern_messages_received_total Messages received.\n"
                        "# TYPE lectern_messages_received_total counter\n"
                        "lectern_messages_received_total 7\n"));
}

TEST(ServerStatsLines, TellOfTheClusterWhereThereIsOne) {
  ServerStats stats;
  EXPECT_THAT(lines_of(stats), Not(HasSubstr("lectern_cluster")));
  stats.clustered = true;
  stats.cluster_available = true;
  stats.cluster_out = 1;
  stats.cluster_in = 2;
  stats.cluster_dropped = 3;
  stats.cluster_malformed = 4;
  for (const char* line :
       {"cluster_available 1", "cluster_sent_total 1", "cluster_received_total 2",
        "cluster_dropped_total 3", "cluster_malformed_total 4"})
    EXPECT_THAT(lines_of(stats), HasSubstr(std::string("\nlectern_") + line + '\n'));
  stats.cluster_available = false;
  EXPECT_THAT(lines_of(stats), HasSubstr("\nlectern_cluster_available 0\n"));
}

}  // namespace
}  // namespace lectern::app
