// What every ObjectStore must do. Include once in a test program and instantiate:
//   INSTANTIATE_TEST_SUITE_P(Fake, ObjectStoreContract, ::testing::Values(StoreMaker{...}));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "store/object_store.h"
#include "tests/support/kind_of.h"

namespace pinlake {

/// Makes a fresh, empty store, and says what it cannot hold.
struct StoreMaker {
  std::string name;
  std::function<std::unique_ptr<ObjectStore>()> make;
  /// Objects `a` and `a/b` can exist together, and a key may end in '/'.
  bool keys_are_flat = true;
  /// ListMultiparts takes any prefix; MinIO's wants the whole key.
  bool lists_uploads_by_prefix = true;
};
inline void PrintTo(const StoreMaker& maker, std::ostream* out) { *out << maker.name; }

class ObjectStoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override {
    store_ = GetParam().make();
    ASSERT_NE(store_, nullptr);
  }

  void MustPut(const std::string& key, std::string_view body = "x") {
    const auto answer = store_->PutIfAbsent(ObjectKey(key), body, {});
    ASSERT_TRUE(answer) << answer.error().message();
  }
  std::string MustGet(const std::string& key) {
    const auto body = store_->Get(ObjectKey(key));
    EXPECT_TRUE(body) << body.error().message();
    return body.value_or("(none)");
  }
  std::vector<std::string> MustListAll(std::string_view prefix, size_t limit) {
    std::vector<std::string> keys;
    std::optional<ObjectKey> after;
    do {
      const auto page = store_->List(prefix, after, limit);
      EXPECT_TRUE(page) << page.error().message();
      if (!page) break;
      EXPECT_LE(page->objects.size(), limit);
      for (const ObjectInfo& object : page->objects) keys.push_back(object.key.value());
      after = page->more_after;
    } while (after);
    return keys;
  }
  ObjectStore& store() { return *store_; }

 private:
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(ObjectStoreContract, IsReachable) {
  const auto status = store().CheckReachable();
  EXPECT_TRUE(status) << status.error().message();
}

TEST_P(ObjectStoreContract, GivesBackWhatWasPut) {
  const std::string body("any\0bytes\xff\r\n", 12);
  ASSERT_TRUE(store().Put(ObjectKey("dir/a.bin"), body, {}));
  EXPECT_EQ(MustGet("dir/a.bin"), body);
}

TEST_P(ObjectStoreContract, HoldsEmptyObjects) {
  MustPut("empty", "");
  EXPECT_EQ(MustGet("empty"), "");
  EXPECT_EQ(store().Head(ObjectKey("empty"))->size, 0u);
}

TEST_P(ObjectStoreContract, PutIfAbsentNeverReplaces) {
  MustPut("k", "first");
  EXPECT_EQ(KindOf(store().PutIfAbsent(ObjectKey("k"), "second", {})), ErrorKind::kAlreadyExists);
  EXPECT_EQ(MustGet("k"), "first");
}

TEST_P(ObjectStoreContract, OfManyConditionalPutsOneWins) {
  std::atomic<int> won{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const PutOptions options{.metadata = {{"who", std::to_string(i)}}};
        const auto put = store().PutIfAbsent(ObjectKey("race"), std::to_string(i), options);
        if (put) {
          ++won;
        } else if (put.error().kind() == ErrorKind::kAlreadyExists ||
                   put.error().kind() == ErrorKind::kConflict) {
          ++refused;
        }
      });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(refused, 7);
  EXPECT_EQ(store().Head(ObjectKey("race"))->metadata.at("who"), MustGet("race"));
}

TEST_P(ObjectStoreContract, PutReplaces) {
  ASSERT_TRUE(store().Put(ObjectKey("k"), "first", {.metadata = {{"n", "1"}}}));
  ASSERT_TRUE(store().Put(ObjectKey("k"), "second", {}));
  EXPECT_EQ(MustGet("k"), "second");
  EXPECT_TRUE(store().Head(ObjectKey("k"))->metadata.empty());
}

TEST_P(ObjectStoreContract, HeadTellsSizeEtagAndMetadata) {
  const PutOptions options{.metadata = {{"pinlake-first", "42"}, {"pinlake-note", "a b; c=\"d\""}},
                           .content_type = "application/json"};
  const auto put = store().PutIfAbsent(ObjectKey("topics/t/o.json"), "12345", options);
  ASSERT_TRUE(put) << put.error().message();
  const auto info = store().Head(ObjectKey("topics/t/o.json"));
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_EQ(info->key, ObjectKey("topics/t/o.json"));
  EXPECT_EQ(info->size, 5u);
  EXPECT_EQ(info->etag, put->etag);
  EXPECT_FALSE(info->etag.empty());
  EXPECT_EQ(info->metadata, options.metadata);
  EXPECT_GT(info->modified_ms, 1'600'000'000'000);
}

// The limit is 2 KiB; MinIO counts the names with their `x-amz-meta-`.
TEST_P(ObjectStoreContract, HoldsAlmostTwoKibibytesOfMetadata) {
  const PutOptions options{.metadata = {{"m", std::string(2030, 'v')}}};
  const auto put = store().PutIfAbsent(ObjectKey("k"), "x", options);
  ASSERT_TRUE(put) << put.error().message();
  EXPECT_EQ(store().Head(ObjectKey("k"))->metadata, options.metadata);
}

TEST_P(ObjectStoreContract, RefusesMetadataThatAHeaderCannotCarry) {
  for (const ObjectMetadata& bad :
       {ObjectMetadata{{"Upper", "v"}}, ObjectMetadata{{"", "v"}},
        ObjectMetadata{{"n", "line\nbreak"}}, ObjectMetadata{{"n", "\xc3\xa4"}},
        ObjectMetadata{{"n", " blank"}}, ObjectMetadata{{"n", std::string(2048, 'v')}}}) {
    EXPECT_EQ(KindOf(store().PutIfAbsent(ObjectKey("k"), "x", {.metadata = bad})),
              ErrorKind::kInvalidArgument);
  }
  EXPECT_EQ(KindOf(store().Head(ObjectKey("k"))), ErrorKind::kNotFound);
}

TEST_P(ObjectStoreContract, RefusesKeysThatNoStoreCanHold) {
  for (const std::string& key : {std::string(), std::string(1025, 'k'), std::string("a\nb"),
                                 std::string("bad\xff"), std::string("a\0b", 3)}) {
    EXPECT_EQ(KindOf(store().PutIfAbsent(ObjectKey(key), "x", {})), ErrorKind::kInvalidArgument);
    EXPECT_EQ(KindOf(store().Get(ObjectKey(key))), ErrorKind::kInvalidArgument);
  }
}

TEST_P(ObjectStoreContract, HoldsKeysWithCharactersThatUrlsEscape) {
  const std::string keys[] = {"topics/t/partition=0/t+0+0000000000.json",
                              "a b",
                              "a%20b",
                              "a?b#c&d=e",
                              "\xc3\xa4\xe2\x82\xac/\xf0\x9f\x93\x8c",
                              "q'\"<>;:@,$!*()~"};
  for (const std::string& key : keys) MustPut(key, key);
  for (const std::string& key : keys) EXPECT_EQ(MustGet(key), key);
  EXPECT_THAT(MustListAll("", 1000), ::testing::UnorderedElementsAreArray(keys));
}

TEST_P(ObjectStoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(KindOf(store().Head(ObjectKey("no/such"))), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(store().Get(ObjectKey("no/such"))), ErrorKind::kNotFound);
  MustPut("no/such/object");
  EXPECT_EQ(KindOf(store().Head(ObjectKey("no/such"))), ErrorKind::kNotFound);
}

TEST_P(ObjectStoreContract, GetsRanges) {
  MustPut("k", "0123456789");
  EXPECT_EQ(store().Get(ObjectKey("k"), 2, 3).value(), "234");
  EXPECT_EQ(store().Get(ObjectKey("k"), 8, 100).value(), "89");
  EXPECT_EQ(store().Get(ObjectKey("k"), 4).value(), "456789");
  EXPECT_EQ(store().Get(ObjectKey("k"), 10, 1).value(), "");
  EXPECT_EQ(store().Get(ObjectKey("k"), 3, 0).value(), "");
}

TEST_P(ObjectStoreContract, ListsInByteOrderWhateverTheDirectories) {
  // '-' and '.' come before '/', '0' and letters after it.
  for (const char* key :
       {"a/b", "a-b", "a.b", "a0", "a/b-c/d", "b", "B", "a/c/d/e", "a/b0", "a/c.x"}) {
    MustPut(key);
  }
  EXPECT_THAT(MustListAll("", 1000), ::testing::ElementsAre("B", "a-b", "a.b", "a/b", "a/b-c/d",
                                                            "a/b0", "a/c.x", "a/c/d/e", "a0", "b"));
}

TEST_P(ObjectStoreContract, ListsByPrefixInPages) {
  std::vector<std::string> expected;
  for (int i = 0; i < 25; ++i) {
    MustPut(fmt::format("p/{}/{:03}", i % 5, i));
    MustPut(fmt::format("other/{:03}", i));
  }
  for (int d = 0; d < 5; ++d) {
    for (int i = d; i < 25; i += 5) expected.push_back(fmt::format("p/{}/{:03}", d, i));
  }
  for (const size_t limit : {1, 2, 7, 25, 1000}) EXPECT_EQ(MustListAll("p/", limit), expected);
  EXPECT_THAT(MustListAll("p/3/0", 2),
              ::testing::ElementsAre("p/3/003", "p/3/008", "p/3/013", "p/3/018", "p/3/023"));
  EXPECT_THAT(MustListAll("p/3/02", 2), ::testing::ElementsAre("p/3/023"));
  EXPECT_THAT(MustListAll("p/9", 2), ::testing::IsEmpty());
  EXPECT_THAT(MustListAll("none/at/all", 2), ::testing::IsEmpty());
}

TEST_P(ObjectStoreContract, ListsAfterAKeyThatNeedNotExist) {
  for (const char* key : {"a", "b/1", "b/3", "c"}) MustPut(key);
  const auto after = [&](const std::string& key) {
    std::vector<std::string> keys;
    const auto page = store().List("", ObjectKey(key), 1000);
    EXPECT_TRUE(page);
    for (const ObjectInfo& object : page->objects) keys.push_back(object.key.value());
    return keys;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(after("a"), ElementsAre("b/1", "b/3", "c"));
  EXPECT_THAT(after("b"), ElementsAre("b/1", "b/3", "c"));
  EXPECT_THAT(after("b/2"), ElementsAre("b/3", "c"));
  EXPECT_THAT(after("b/3"), ElementsAre("c"));
  EXPECT_THAT(after("b/3/4"), ElementsAre("c"));
  EXPECT_THAT(after("b0"), ElementsAre("c"));
  EXPECT_THAT(after("c"), ElementsAre());
}

TEST_P(ObjectStoreContract, AListTellsSizesAndEtags) {
  const auto put = store().PutIfAbsent(ObjectKey("k"), "12345", {});
  ASSERT_TRUE(put);
  const auto page = store().List("");
  ASSERT_TRUE(page) << page.error().message();
  ASSERT_EQ(page->objects.size(), 1u);
  EXPECT_EQ(page->objects[0].size, 5u);
  EXPECT_EQ(page->objects[0].etag, put->etag);
  EXPECT_GT(page->objects[0].modified_ms, 1'600'000'000'000);
}

TEST_P(ObjectStoreContract, DeletesAndDoesNotMindAbsence) {
  MustPut("dir/k");
  ASSERT_TRUE(store().Delete(ObjectKey("dir/k")));
  EXPECT_EQ(KindOf(store().Head(ObjectKey("dir/k"))), ErrorKind::kNotFound);
  EXPECT_TRUE(store().Delete(ObjectKey("dir/k")));
  EXPECT_TRUE(store().Delete(ObjectKey("never/was")));
  MustPut("dir/k", "again");
  EXPECT_EQ(MustGet("dir/k"), "again");
}

TEST_P(ObjectStoreContract, KeepsFlatKeysApart) {
  if (!GetParam().keys_are_flat) GTEST_SKIP() << "a directory holds either a or a/b";
  MustPut("a", "1");
  MustPut("a/b", "2");
  EXPECT_EQ(MustGet("a"), "1");
  EXPECT_EQ(MustGet("a/b"), "2");
}

TEST_P(ObjectStoreContract, MultipartJoinsPartsInTheirOrder) {
  const PutOptions options{.metadata = {{"pinlake-first", "7"}}};
  const auto upload = store().CreateMultipart(ObjectKey("big/o"), options);
  ASSERT_TRUE(upload) << upload.error().message();
  const std::string first(5 << 20, 'a');
  const auto two = store().UploadPart(*upload, 2, "end");
  ASSERT_TRUE(two) << two.error().message();
  const auto one = store().UploadPart(*upload, 1, first);
  ASSERT_TRUE(one) << one.error().message();
  EXPECT_EQ(KindOf(store().Head(ObjectKey("big/o"))), ErrorKind::kNotFound);
  const auto done = store().CompleteMultipart(*upload, {*one, *two}, true);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(MustGet("big/o"), first + "end");
  const auto info = store().Head(ObjectKey("big/o"));
  EXPECT_EQ(info->metadata, options.metadata);
  EXPECT_EQ(info->etag, done->etag);
  EXPECT_THAT(store().ListMultiparts("").value(), ::testing::IsEmpty());
}

TEST_P(ObjectStoreContract, AConditionalMultipartNeverReplaces) {
  MustPut("k", "first");
  const auto upload = store().CreateMultipart(ObjectKey("k"), {});
  ASSERT_TRUE(upload);
  const auto part = store().UploadPart(*upload, 1, "second");
  ASSERT_TRUE(part);
  EXPECT_EQ(KindOf(store().CompleteMultipart(*upload, {*part}, true)), ErrorKind::kAlreadyExists);
  EXPECT_EQ(MustGet("k"), "first");
  EXPECT_TRUE(store().AbortMultipart(*upload));
}

TEST_P(ObjectStoreContract, AnUploadIsListedUntilItIsAborted) {
  const auto upload = store().CreateMultipart(ObjectKey("p/k"), {});
  ASSERT_TRUE(upload);
  ASSERT_TRUE(store().UploadPart(*upload, 1, "x"));
  const auto listed = store().ListMultiparts(GetParam().lists_uploads_by_prefix ? "p/" : "p/k");
  ASSERT_TRUE(listed) << listed.error().message();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->at(0).key, ObjectKey("p/k"));
  EXPECT_EQ(listed->at(0).upload_id, upload->upload_id);
  EXPECT_THAT(store().ListMultiparts("q/").value(), ::testing::IsEmpty());
  EXPECT_THAT(MustListAll("", 1000), ::testing::IsEmpty());
  ASSERT_TRUE(store().AbortMultipart(*upload));
  EXPECT_THAT(store().ListMultiparts("").value(), ::testing::IsEmpty());
  EXPECT_EQ(KindOf(store().UploadPart(*upload, 2, "y")), ErrorKind::kNotFound);
}

TEST_P(ObjectStoreContract, RefusesPartsThatAreNotThere) {
  const auto upload = store().CreateMultipart(ObjectKey("k"), {});
  ASSERT_TRUE(upload);
  const auto part = store().UploadPart(*upload, 1, "x");
  ASSERT_TRUE(part);
  EXPECT_EQ(KindOf(store().CompleteMultipart(*upload, {}, true)), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(store().CompleteMultipart(*upload, {*part, {2, part->etag}}, true)),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(store().Head(ObjectKey("k"))), ErrorKind::kNotFound);
  EXPECT_TRUE(store().AbortMultipart(*upload));
}

TEST_P(ObjectStoreContract, FindsOutThatConditionalPutsHold) {
  const auto holds = store().ProbeConditionalPut();
  ASSERT_TRUE(holds) << holds.error().message();
  EXPECT_TRUE(*holds);
  EXPECT_THAT(MustListAll("", 1000), ::testing::IsEmpty());
}

}  // namespace pinlake
