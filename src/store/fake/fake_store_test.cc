#include "store/fake/fake_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/kind_of.h"

namespace pinlake {
namespace {

FakeStore::Decide Always(StoreFault fault) {
  return [fault](const StoreCall&) { return fault; };
}

TEST(FakeStoreTest, AFaultBeforeTheDeedLeavesNothing) {
  for (const auto& [fault, kind] :
       {std::pair{StoreFault::kUnavailable, ErrorKind::kUnavailable},
        std::pair{StoreFault::kThrottled, ErrorKind::kThrottled},
        std::pair{StoreFault::kConflict, ErrorKind::kConflict},
        std::pair{StoreFault::kUnknownNotDone, ErrorKind::kUnknownOutcome}}) {
    FakeStore store;
    store.SetFaults(Always(fault));
    EXPECT_EQ(KindOf(store.PutIfAbsent(ObjectKey("k"), "x", {})), kind);
    store.SetFaults({});
    EXPECT_EQ(KindOf(store.Head(ObjectKey("k"))), ErrorKind::kNotFound);
  }
}

TEST(FakeStoreTest, ALostAnswerLeavesTheDeed) {
  FakeStore store;
  store.SetFaults(Always(StoreFault::kUnknownDone));
  EXPECT_EQ(KindOf(store.PutIfAbsent(ObjectKey("k"), "x", {})), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(KindOf(store.Get(ObjectKey("k"))), ErrorKind::kUnavailable);
  store.SetFaults({});
  EXPECT_EQ(store.Get(ObjectKey("k")).value(), "x");
}

TEST(FakeStoreTest, ALateConditionalPutDoesNotReplace) {
  FakeStore store;
  store.SetFaults(Always(StoreFault::kUnknownLate));
  EXPECT_EQ(KindOf(store.PutIfAbsent(ObjectKey("k"), "late", {})), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(KindOf(store.PutIfAbsent(ObjectKey("m"), "late", {})), ErrorKind::kUnknownOutcome);
  store.SetFaults({});
  ASSERT_TRUE(store.PutIfAbsent(ObjectKey("k"), "soon", {}));
  EXPECT_EQ(store.DeliverLate(), 2u);
  EXPECT_EQ(store.Get(ObjectKey("k")).value(), "soon");
  EXPECT_EQ(store.Get(ObjectKey("m")).value(), "late");
  EXPECT_EQ(store.writes(ObjectKey("k")), 1u);
}

TEST(FakeStoreTest, TellsWhoeverDecidesWhatIsCalled) {
  FakeStore store;
  std::vector<std::string> seen;
  store.SetFaults([&](const StoreCall& call) {
    seen.push_back(fmt::format("{} {} {}", call.number, Name(call.operation), call.key));
    return StoreFault::kNone;
  });
  ASSERT_TRUE(store.PutIfAbsent(ObjectKey("k"), "x", {}));
  ASSERT_TRUE(store.List("p/"));
  EXPECT_THAT(seen, ::testing::ElementsAre("0 put if absent k", "1 list p/"));
  EXPECT_EQ(store.calls(), 2u);
}

TEST(FakeStoreTest, CanLackConditionalPuts) {
  FakeStore store;
  store.ForgetConditionalPut();
  EXPECT_EQ(KindOf(store.PutIfAbsent(ObjectKey("k"), "x", {})), ErrorKind::kUnsupported);
  EXPECT_FALSE(store.ProbeConditionalPut().value());
  EXPECT_TRUE(store.Put(ObjectKey("k"), "x", {}));
}

}  // namespace
}  // namespace pinlake
