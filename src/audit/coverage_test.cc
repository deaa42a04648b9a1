#include "audit/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ObjectFacts Facts(int64_t start, int64_t end, int64_t count, int64_t skipped = 0) {
  ObjectFacts facts;
  facts.cut_start = Offset(start);
  facts.cut_end = Offset(end);
  facts.count = count;
  facts.skipped = skipped;
  return facts;
}

TEST(CoverageTest, SpansThatTouchBecomeOne) {
  Coverage coverage;
  EXPECT_FALSE(coverage.Add({0, 5}, "a"));
  EXPECT_FALSE(coverage.Add({5, 9}, "b"));
  EXPECT_FALSE(coverage.Add({20, 30}, "c"));
  EXPECT_FALSE(coverage.Add({9, 20}, "d"));
  EXPECT_THAT(coverage.Gaps({0, 30}), IsEmpty());
  EXPECT_EQ(coverage.first(), 0);
}

TEST(CoverageTest, FindsGapsAtEveryPlace) {
  Coverage coverage;
  coverage.Add({5, 8}, "a");
  coverage.Add({10, 12}, "b");
  EXPECT_THAT(coverage.Gaps({0, 15}),
              ElementsAre(OffsetSpan{0, 5}, OffsetSpan{8, 10}, OffsetSpan{12, 15}));
  EXPECT_THAT(coverage.Gaps({6, 11}), ElementsAre(OffsetSpan{8, 10}));
  EXPECT_THAT(coverage.Gaps({12, 15}), ElementsAre(OffsetSpan{12, 15}));
  EXPECT_THAT(coverage.Gaps({5, 5}), IsEmpty());
  EXPECT_THAT(Coverage().Gaps({0, 3}), ElementsAre(OffsetSpan{0, 3}));
}

TEST(CoverageTest, NamesWhatOverlaps) {
  for (const OffsetSpan span : {OffsetSpan{8, 12}, OffsetSpan{12, 18}, OffsetSpan{18, 25},
                                OffsetSpan{10, 20}, OffsetSpan{0, 40}}) {
    Coverage coverage;
    coverage.Add({10, 20}, "old");
    const auto overlap = coverage.Add(span, "new");
    ASSERT_TRUE(overlap) << span.from;
    EXPECT_EQ(overlap->key, "old");
    EXPECT_EQ(overlap->span,
              (OffsetSpan{std::max<int64_t>(10, span.from), std::min<int64_t>(20, span.to)}));
  }
}

TEST(CoverageTest, AgreesWithASetOfOffsets) {
  Rng rng(11);
  for (int round = 0; round < 2000; ++round) {
    Coverage coverage;
    std::set<int64_t> covered;
    for (uint64_t spans = rng.Below(8); spans > 0; --spans) {
      const int64_t from = rng.Between(0, 30), to = from + rng.Between(0, 8);
      std::optional<OffsetSpan> first;
      for (int64_t at = from; at < to; ++at) {
        if (!covered.insert(at).second && !first) first = OffsetSpan{at, at};
      }
      const auto overlap = coverage.Add({from, to}, "k");
      ASSERT_EQ(overlap.has_value(), first.has_value());
      if (first) {
        ASSERT_EQ(overlap->span.from, first->from);
      }
    }
    const int64_t from = rng.Between(0, 20), to = from + rng.Between(0, 25);
    std::set<int64_t> missing;
    for (const OffsetSpan& gap : coverage.Gaps({from, to}))
      for (int64_t at = gap.from; at < gap.to; ++at) missing.insert(at);
    for (int64_t at = from; at < to; ++at) ASSERT_NE(missing.contains(at), covered.contains(at));
    for (const int64_t at : missing) ASSERT_TRUE(at >= from && at < to);
  }
}

TEST(CutBookTest, ACutIsCoveredOnceItsObjectsAccountForIt) {
  Coverage coverage;
  CutBook book;
  EXPECT_FALSE(book.Add(Facts(0, 10, 4, 1), "a", &coverage));
  EXPECT_THAT(coverage.Gaps({0, 10}), ElementsAre(OffsetSpan{0, 10}));
  EXPECT_FALSE(book.Add(Facts(0, 10, 5, 1), "b", &coverage));
  EXPECT_THAT(coverage.Gaps({0, 10}), IsEmpty());
  EXPECT_TRUE(book.partial().empty());
}

TEST(CutBookTest, SeesObjectsThatContradictEachOther) {
  Coverage coverage;
  CutBook book;
  book.Add(Facts(0, 10, 4), "a", &coverage);
  EXPECT_THAT(book.Add(Facts(0, 9, 4), "b", &coverage)->what, HasSubstr("a says 0..10"));
  EXPECT_THAT(book.Add(Facts(0, 10, 7), "c", &coverage)->what,
              HasSubstr("more records than offsets"));
  EXPECT_THAT(book.Add(Facts(5, 10, 5), "d", &coverage)->what,
              HasSubstr("offsets 5..9 of d are in another object too: c"));
}

}  // namespace
}  // namespace pinlake
