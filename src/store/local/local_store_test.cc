#include "store/local/local_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "store/local/local_metadata.h"
#include "store/local/local_paths.h"
#include "tests/support/kind_of.h"
#include "tests/support/temp_directory.h"

namespace pinlake {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<LocalStore> OpenIn(const std::string& directory,
                                   std::function<Status(std::string_view)> before_step = {}) {
  auto store = LocalStore::Open({.directory = directory, .before_step = std::move(before_step)});
  EXPECT_TRUE(store) << store.error().message();
  return store ? std::move(*store) : nullptr;
}

std::vector<std::string> FilesIn(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), directory).string());
  }
  return files;
}

TEST(LocalStoreTest, AnObjectIsAFileUnderItsKey) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path() + "/new/lake");
  ASSERT_TRUE(store->PutIfAbsent(ObjectKey("topics/t/o.json"), "{}", {}));
  std::ifstream file(dir.path() + "/new/lake/topics/t/o.json");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "{}");
  EXPECT_EQ(store->Describe(), "file://" + dir.path() + "/new/lake");
}

TEST(LocalStoreTest, NoKeyLeavesTheDirectory) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path() + "/lake");
  for (const std::string& key :
       {std::string("../x"), std::string("a/../../x"), std::string("a/.."), std::string("."),
        std::string("a/./b"), std::string("/etc/passwd"), std::string("a//b"), std::string("a/"),
        "a/" + std::string(256, 'n'), std::string("_pinlake/meta/x"), std::string("_pinlake/tmp/x"),
        std::string("_pinlake/uploads/x")}) {
    EXPECT_EQ(KindOf(store->PutIfAbsent(ObjectKey(key), "x", {})), ErrorKind::kInvalidArgument)
        << key;
    EXPECT_EQ(KindOf(store->Put(ObjectKey(key), "x", {})), ErrorKind::kInvalidArgument) << key;
    EXPECT_EQ(KindOf(store->Get(ObjectKey(key))), ErrorKind::kInvalidArgument) << key;
    EXPECT_EQ(KindOf(store->Delete(ObjectKey(key))), ErrorKind::kInvalidArgument) << key;
    EXPECT_EQ(KindOf(store->CreateMultipart(ObjectKey(key), {})), ErrorKind::kInvalidArgument)
        << key;
  }
  EXPECT_FALSE(fs::exists(dir.path() + "/x"));
  EXPECT_TRUE(store->PutIfAbsent(ObjectKey("a/" + std::string(255, 'n')), "x", {}));
  EXPECT_TRUE(store->PutIfAbsent(ObjectKey("..a/b..c/...d"), "x", {}));
}

TEST(LocalStoreTest, AnUploadIdCannotLeaveTheDirectory) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path());
  const MultipartUpload upload{ObjectKey("k"), "../../outside", 0};
  EXPECT_EQ(KindOf(store->UploadPart(upload, 1, "x")), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(store->CompleteMultipart(upload, {{1, "e"}}, true)), ErrorKind::kNotFound);
  EXPECT_TRUE(store->AbortMultipart(upload));
}

TEST(LocalStoreTest, SaysThatADirectoryHoldsEitherAnObjectOrObjectsBelowIt) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path());
  ASSERT_TRUE(store->PutIfAbsent(ObjectKey("a/b"), "x", {}));
  EXPECT_EQ(KindOf(store->PutIfAbsent(ObjectKey("a"), "x", {})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(store->Put(ObjectKey("a"), "x", {})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(store->PutIfAbsent(ObjectKey("a/b/c"), "x", {})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(store->Head(ObjectKey("a/b/c"))), ErrorKind::kNotFound);
}

constexpr std::string_view kSteps[] = {"create", "write",          "set attribute",
                                       "sync",   "make directory", "name"};

TEST(LocalStoreTest, AFailureAtAnyStepLeavesNoObjectAndNoFile) {
  for (const std::string_view failing : kSteps) {
    TempDirectory dir;
    bool broken = true;
    const auto store = OpenIn(dir.path(), [&](std::string_view step) -> Status {
      if (broken && step == failing) return Fail(ErrorKind::kOutOfSpace, "fault at {}", step);
      return {};
    });
    const PutOptions options{.metadata = {{"n", "v"}}};
    EXPECT_EQ(KindOf(store->PutIfAbsent(ObjectKey("d/k"), "x", options)), ErrorKind::kOutOfSpace)
        << failing;
    EXPECT_EQ(KindOf(store->Head(ObjectKey("d/k"))), ErrorKind::kNotFound) << failing;
    EXPECT_THAT(FilesIn(dir.path()), ::testing::IsEmpty()) << failing;
    broken = false;
    EXPECT_TRUE(store->PutIfAbsent(ObjectKey("d/k"), "x", options)) << failing;
  }
}

TEST(LocalStoreTest, AFailedSyncOfTheDirectoryIsAnUnknownOutcome) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path(), [](std::string_view step) -> Status {
    if (step == "sync directory") return Fail(ErrorKind::kUnavailable, "fault");
    return {};
  });
  EXPECT_EQ(KindOf(store->PutIfAbsent(ObjectKey("k"), "x", {})), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(store->Get(ObjectKey("k")).value(), "x");
}

TEST(LocalStoreTest, TheBytesAreSyncedBeforeTheNameIsGiven) {
  TempDirectory dir;
  std::vector<std::string> steps;
  const auto store = OpenIn(dir.path(), [&](std::string_view step) -> Status {
    steps.emplace_back(step);
    return {};
  });
  ASSERT_TRUE(store->PutIfAbsent(ObjectKey("d/k"), "x", {.metadata = {{"n", "v"}}}));
  EXPECT_THAT(steps, ::testing::ElementsAre("create", "write", "set attribute", "sync",
                                            "make directory", "name", "sync directory"));
}

TEST(LocalStoreTest, RemovesWhatACrashedProcessLeftAndNotWhatAnotherWrites) {
  TempDirectory dir;
  const std::string temp = dir.path() + "/_pinlake/tmp/";
  fs::create_directories(temp + "crashed");
  std::ofstream(temp + "crashed/0") << "half";
  const auto other = OpenIn(dir.path());
  ASSERT_TRUE(other->PutIfAbsent(ObjectKey("a"), "x", {}));
  EXPECT_FALSE(fs::exists(temp + "crashed"));
  const auto own = OpenIn(dir.path());
  ASSERT_TRUE(own->PutIfAbsent(ObjectKey("b"), "x", {}));
  EXPECT_EQ(std::distance(fs::directory_iterator(temp), fs::directory_iterator()), 2);
  ASSERT_TRUE(other->PutIfAbsent(ObjectKey("c"), "x", {}));
}

TEST(LocalStoreTest, MakesADirectoryAgainThatSomebodyRemoved) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path());
  ASSERT_TRUE(store->PutIfAbsent(ObjectKey("a/b/1"), "x", {}));
  fs::remove_all(dir.path() + "/a");
  EXPECT_TRUE(store->PutIfAbsent(ObjectKey("a/b/2"), "x", {}));
}

TEST(LocalStoreTest, FindsMetadataInItsFileWhereTheFileSystemHasNoAttributes) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path());
  const auto put = store->PutIfAbsent(ObjectKey("d/k"), "x", {.metadata = {{"n", "v"}}});
  ASSERT_TRUE(put);
  const std::string file = dir.path() + "/_pinlake/meta/d/k/" + put->etag;
  if (::removexattr((dir.path() + "/d/k").c_str(), "user.pinlake") == 0) {
    fs::create_directories(fs::path(file).parent_path());
    std::ofstream(file) << "n: v\n";
  }
  EXPECT_TRUE(fs::exists(file));
  EXPECT_EQ(store->Head(ObjectKey("d/k"))->metadata, (ObjectMetadata{{"n", "v"}}));
  EXPECT_EQ(store->List("")->objects.size(), 1u);
  ASSERT_TRUE(store->Delete(ObjectKey("d/k")));
  EXPECT_FALSE(fs::exists(file));
}

TEST(LocalStoreTest, ReadsBackTheMetadataThatItWrites) {
  const PutOptions options{
      .metadata = {{"a", ""}, {"b", "x: y"}}, .content_type = "t/x", .content_encoding = "gzip"};
  const auto read = ParseLocalMetadata(RenderLocalMetadata(options));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->metadata, options.metadata);
  EXPECT_EQ(read->content_type, "t/x");
  EXPECT_EQ(read->content_encoding, "gzip");
  for (const char* bad : {"x", "x: y", "x\n", ":\n"}) {
    EXPECT_EQ(KindOf(ParseLocalMetadata(bad)), ErrorKind::kCorruption);
  }
}

TEST(LocalStoreTest, SaysWhatIsWrongWithItsDirectory) {
  TempDirectory dir;
  const auto missing = LocalStore::Open({.directory = dir.path() + "/no", .create = false});
  EXPECT_EQ(KindOf(missing), ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message(), ::testing::HasSubstr(dir.path() + "/no"));
  std::ofstream(dir.path() + "/file") << "x";
  EXPECT_EQ(KindOf(LocalStore::Open({.directory = dir.path() + "/file"})),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(LocalStore::Open({.directory = dir.path() + "/file/below"})),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(LocalStore::Open({})), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(LocalStore::Open({.directory = "/proc/pinlake"})), ErrorKind::kNotFound);
}

TEST(LocalStoreTest, TellsWhenADirectoryIsGone) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path() + "/lake");
  fs::remove_all(dir.path() + "/lake");
  EXPECT_EQ(KindOf(store->CheckReachable()), ErrorKind::kNotFound);
  EXPECT_EQ(KindOf(store->List("")), ErrorKind::kNotFound);
}

TEST(LocalListerTest, AnyWindowAndAnyPageGiveTheSameList) {
  TempDirectory dir;
  const auto store = OpenIn(dir.path());
  std::vector<std::string> expected;
  for (int d = 0; d < 5; ++d) {
    for (int i = 0; i < 7; ++i)
      expected.push_back(fmt::format("p{}/{}{}", d, "a-./0b"[i % 5 == 3 ? 4 : i % 5], i));
  }
  for (const char* key : {"p-1", "p.1", "p0-x", "q"}) expected.emplace_back(key);
  std::ranges::sort(expected);
  for (const std::string& key : expected) ASSERT_TRUE(store->PutIfAbsent(ObjectKey(key), "x", {}));
  for (const size_t window : {1, 2, 3, 100}) {
    for (const size_t limit : {1, 2, 5, 1000}) {
      LocalLister lister(dir.path(), window);
      std::vector<std::string> keys;
      std::optional<ObjectKey> after;
      do {
        const auto page = lister.List("", after, limit);
        ASSERT_TRUE(page);
        for (const ObjectInfo& object : page->objects) keys.push_back(object.key.value());
        after = page->more_after;
      } while (after);
      EXPECT_EQ(keys, expected) << "window " << window << " limit " << limit;
    }
  }
}

// The window of a big directory is kept between pages, and dropped when the directory changes.
TEST(LocalListerTest, AKeptWindowNeverHidesANewObject) {
  TempDirectory dir;
  const auto make = [&](const std::string& name) { std::ofstream(dir.path() + "/" + name) << "x"; };
  for (int i = 0; i < 3000; ++i) make(fmt::format("{:05}", i));
  const timespec long_ago[2] = {{.tv_sec = 1'700'000'000, .tv_nsec = 0},
                                {.tv_sec = 1'700'000'000, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, dir.path().c_str(), long_ago, 0), 0);
  LocalLister lister(dir.path());
  const auto first = lister.List("", {}, 10);
  ASSERT_EQ(first->more_after, ObjectKey("00009"));
  make("00009-new");
  const auto second = lister.List("", first->more_after, 10);
  EXPECT_EQ(second->objects.at(0).key, ObjectKey("00009-new"));
  EXPECT_EQ(second->objects.at(1).key, ObjectKey("00010"));
}

}  // namespace
}  // namespace pinlake
