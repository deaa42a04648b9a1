#include "lake/record_digest.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

RecordDigest DigestOf(const std::vector<RecordView>& records) {
  RecordDigester digester;
  for (const RecordView& record : records) digester.Add(record);
  return digester.Digest();
}

RecordView Record(int64_t offset, MaybeBytes key, MaybeBytes value, TimestampMs timestamp = 5) {
  return {
      .offset = Offset(offset), .timestamp = timestamp, .key = key, .value = value, .headers = {}};
}

// Written once and pinned: objects in buckets carry such digests. Made by python-xxhash over the
// canonical form.
TEST(RecordDigestTest, IsXxh3Of128BitsOverTheCanonicalForm) {
  EXPECT_EQ(RecordDigester().Digest().ToHex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(DigestOf({Record(7, "k", "{\"a\":1}", 1700000000000), Record(8, {}, {}, -1)}).ToHex(),
            "cd627af65bcc53f09f6e05fa2451065a");
}

TEST(RecordDigestTest, DependsOnEveryPart) {
  const RecordDigest base = DigestOf({Record(1, "k", "v")});
  EXPECT_NE(base, DigestOf({Record(2, "k", "v")}));
  EXPECT_NE(base, DigestOf({Record(1, "k", "v", 6)}));
  EXPECT_NE(base, DigestOf({Record(1, "l", "v")}));
  EXPECT_NE(base, DigestOf({Record(1, "k", "w")}));
  EXPECT_NE(base, DigestOf({Record(1, "kv", "")}));
  EXPECT_NE(base, DigestOf({Record(1, "k", "v"), Record(1, "k", "v")}));
}

TEST(RecordDigestTest, TellsNullFromEmpty) {
  EXPECT_NE(DigestOf({Record(1, {}, "v")}), DigestOf({Record(1, "", "v")}));
  EXPECT_NE(DigestOf({Record(1, "k", {})}), DigestOf({Record(1, "k", "")}));
}

TEST(RecordDigestTest, ResetStartsAnew) {
  RecordDigester digester;
  digester.Add(Record(1, "k", "v"));
  digester.Reset();
  digester.Add(Record(2, "k", "v"));
  EXPECT_EQ(digester.Digest(), DigestOf({Record(2, "k", "v")}));
}

TEST(RecordDigestTest, HexReadsBack) {
  const RecordDigest digest{0x0123456789abcdef, 0xfedcba9876543210};
  EXPECT_EQ(digest.ToHex(), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(RecordDigest::FromHex(digest.ToHex()), digest);
  EXPECT_FALSE(RecordDigest::FromHex("0123456789abcdeffedcba987654321"));
  EXPECT_FALSE(RecordDigest::FromHex("0123456789ABCDEFfedcba9876543210"));
}

}  // namespace
}  // namespace pinlake
