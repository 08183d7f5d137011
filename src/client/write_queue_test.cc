#include "client/write_queue.h"

#include <gtest/gtest.h>

namespace lectern::client {
namespace {

WriteQueue queue_of(std::initializer_list<const char*> texts) {
  WriteQueue queue;
  for (const char* text : texts) queue.push({text, /*binary=*/false, {}});
  return queue;
}

TEST(Budget, GivesNoMoreThanItHasAndTakesItBack) {
  Budget budget(10);
  {
    auto six = budget.take(6);
    ASSERT_TRUE(six);
    EXPECT_FALSE(budget.take(5));
    auto four = budget.take(4);
    EXPECT_TRUE(four);
    const Charge moved = std::move(*six);
    EXPECT_EQ(budget.used(), 10U);
  }
  EXPECT_EQ(budget.used(), 0U);
}

TEST(WriteQueue, JoinsPacketsUpToTheLimit) {
  WriteQueue queue = queue_of({"4aa", "4bb", "4c"});
  EXPECT_EQ(queue.pop_batch(7).body,
            "4aa\x1e"
            "4bb");
  EXPECT_EQ(queue.pop_batch(7).body, "4c");
  EXPECT_TRUE(queue.empty());
}

TEST(WriteQueue, OneByteMoreMakesTwoBatches) {
  WriteQueue queue = queue_of({"4aa", "4bb"});
  EXPECT_EQ(queue.pop_batch(6).body, "4aa");
  EXPECT_EQ(queue.pop_batch(6).body, "4bb");
}

TEST(WriteQueue, SendsWhatIsTooLargeAlone) {
  WriteQueue queue = queue_of({"4aaaaaaaa", "4b"});
  EXPECT_EQ(queue.pop_batch(3).body, "4aaaaaaaa");
  EXPECT_EQ(queue.pop_batch(3).body, "4b");
}

TEST(WriteQueue, CountsBinaryAsBase64) {
  WriteQueue queue = queue_of({"451-[]"});
  queue.push({std::string("\0\1\2\3", 4), /*binary=*/true, {}});
  queue.push({"4x", /*binary=*/false, {}});
  EXPECT_EQ(queue.pop_batch(16).body,
            "451-[]\x1e"
            "bAAECAw==");
  EXPECT_EQ(queue.pop_batch(16).body, "4x");
}

TEST(WriteQueue, ChargesUntilTheBatchIsGone) {
  Budget budget(10);
  WriteQueue queue;
  queue.push({"4a", /*binary=*/false, std::move(*budget.take(2))});
  {
    const Batch batch = queue.pop_batch(0);
    EXPECT_EQ(budget.used(), 2U);
  }
  EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace lectern::client
