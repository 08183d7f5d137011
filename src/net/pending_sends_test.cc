#include "net/pending_sends.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lectern::net {
namespace {

Frame frame(std::string_view text) { return Frame::of_packet(text); }

TEST(PendingSendsTest, EqualHistoriesShareOneList) {
  PendingSends pending;
  const auto first = frame("4a");
  const auto second = frame("4b");
  auto* const one = pending.append(pending.append(nullptr, first), second);
  auto* const two = pending.append(pending.append(nullptr, first), second);
  EXPECT_EQ(one, two);
  EXPECT_EQ(pending.joined(*one).data(), pending.joined(*two).data());
  EXPECT_EQ(pending.joined(*one), std::string("\x81\x02") + "4a" + "\x81\x02" + "4b");
  EXPECT_EQ(one->bytes(), 8u);
}

TEST(PendingSendsTest, EqualBytesInOtherFramesAreOtherLists) {
  PendingSends pending;
  auto* const one = pending.append(nullptr, frame("4a"));
  auto* const two = pending.append(nullptr, frame("4a"));
  EXPECT_NE(one, two);
  EXPECT_EQ(pending.joined(*one), pending.joined(*two));
}

TEST(PendingSendsTest, ListsThatPartKeepWhatTheyHadInCommon) {
  PendingSends pending;
  const auto shared = frame("4shared");
  auto* const start = pending.append(nullptr, shared);
  auto* const left = pending.append(start, frame("4l"));
  auto* const right = pending.append(pending.append(nullptr, shared), frame("4r"));
  EXPECT_EQ(pending.joined(*left),
            "\x81\x07"
            "4shared"
            "\x81\x02"
            "4l");
  EXPECT_EQ(pending.joined(*right),
            "\x81\x07"
            "4shared"
            "\x81\x02"
            "4r");
  EXPECT_EQ(pending.joined(*start), shared.wire());
}

TEST(PendingSendsTest, OneFrameIsNotCopied) {
  PendingSends pending;
  const auto only = frame("4a");
  EXPECT_EQ(pending.joined(*pending.append(nullptr, only)).data(), only.wire().data());
}

TEST(PendingSendsTest, FramesComeInTheOrderInWhichTheyWereAppended) {
  PendingSends pending;
  PendingSends::List* list = nullptr;
  for (const auto* text : {"4a", "4b", "4c"}) list = pending.append(list, frame(text));
  std::string seen;
  for (const Frame& each : PendingSends::frames_of(*list)) seen += each.payload();
  EXPECT_EQ(seen, "4a4b4c");
}

TEST(PendingSendsTest, CopiesNoMoreThanATurnMay) {
  PendingSends pending;
  const auto large = frame("4" + std::string(1'500'000, 'x'));
  auto* const two = pending.append(pending.append(nullptr, large), large);
  auto* const three = pending.append(two, large);
  EXPECT_TRUE(pending.joined(*three).empty());
  EXPECT_EQ(pending.joined(*two).size(), two->bytes());
  auto* const other = pending.append(pending.append(nullptr, frame("4y")), large);
  EXPECT_TRUE(pending.joined(*other).empty());
  pending.clear();
  EXPECT_EQ(pending.joined(*pending.append(pending.append(nullptr, large), large)).size(),
            2 * large.wire().size());
}

TEST(PendingSendsTest, ClearLetsFramesGo) {
  PendingSends pending;
  const auto kept = frame("4a");
  pending.append(nullptr, kept);
  pending.clear();
  // What follows is a new list, although the frame is the same.
  auto* const list = pending.append(nullptr, kept);
  EXPECT_EQ(list->bytes(), kept.wire().size());
  EXPECT_EQ(pending.append(nullptr, kept), list);
}

}  // namespace
}  // namespace lectern::net
