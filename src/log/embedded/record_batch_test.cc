#include "log/embedded/record_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/rng.h"
#include "log/embedded/big_endian.h"

namespace pinlake {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// RFC 3720, appendix B.4.
TEST(Crc32cTest, IsCastagnolis) {
  std::string rising(32, '\0');
  for (size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<char>(i);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
}

TEST(Crc32cTest, TheTableAgreesWithTheProcessorAtEveryLengthAndStart) {
  Rng rng(1);
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(rng.Below(256));
  for (size_t start = 0; start < 9; ++start) {
    for (size_t size = 0; size < 260; ++size) {
      const auto part = std::string_view(bytes).substr(start, size);
      ASSERT_EQ(Crc32c(part), Crc32cByTable(part));
      ASSERT_EQ(Crc32c(part.substr(size / 2), Crc32c(part.substr(0, size / 2))), Crc32c(part));
    }
  }
}

// Made with Kafka 3.9.1's MemoryRecords.builder: magic 2, CreateTime, one header.
TEST(RecordBatchTest, BytesAreKafkas) {
  BatchBuilder builder;
  const HeaderView headers[] = {{"h", "1"}};
  builder.Add({.key = "k", .value = "v", .headers = headers}, 1000);
  builder.Add({.key = std::nullopt, .value = std::nullopt}, 1003);
  const std::string hex = Hex(builder.Finish(Offset(5)));
  EXPECT_EQ(hex.substr(0, 34),
            "0000000000000005"
            "00000045"
            "00000000"
            "02")
      << "base offset, length, leader epoch, magic";
  EXPECT_EQ(hex.substr(42),
            "0000"
            "00000001"
            "00000000000003e8"
            "00000000000003eb"
            "ffffffffffffffff"
            "ffff"
            "ffffffff"
            "00000002"
            "18"
            "00"
            "00"
            "00"
            "026b"
            "0276"
            "02"
            "0268"
            "0231"
            "0c"
            "00"
            "06"
            "02"
            "01"
            "01"
            "00")
      << "attributes … records";
}

TEST(RecordBatchTest, WhatIsEncodedIsDecoded) {
  Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    BatchBuilder builder;
    std::vector<std::vector<std::string>> texts;
    std::vector<std::vector<HeaderView>> headers;
    std::vector<NewRecord> records;
    std::vector<TimestampMs> timestamps;
    const auto text = [&]() -> MaybeBytes {
      if (rng.OneIn(4)) return std::nullopt;
      texts.back().push_back(std::string(rng.Below(300), static_cast<char>('a' + rng.Below(26))));
      return texts.back().back();
    };
    const auto count = 1 + rng.Below(20);
    for (uint64_t i = 0; i < count; ++i) {
      texts.emplace_back().reserve(20);
      NewRecord record{.key = text(), .value = text()};
      auto& own = headers.emplace_back();
      for (auto n = rng.Below(4); n > 0; --n) own.push_back({text().value_or(""), text()});
      records.push_back(record);
      timestamps.push_back(rng.OneIn(9) ? -1 : rng.Between(0, INT64_MAX / 2));
    }
    for (size_t i = 0; i < records.size(); ++i) {
      records[i].headers = headers[i];
      builder.Add(records[i], timestamps[i]);
    }
    const std::string batch(builder.Finish(Offset(1000)));
    const auto header = CheckBatch(batch);
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(header->bytes, batch.size());
    EXPECT_EQ(header->next(), Offset(1000) + static_cast<int64_t>(count));
    DecodedRecords decoded;
    ASSERT_EQ(DecodeBatch(batch, *header, header->base, SIZE_MAX, decoded), header->next());
    decoded.BindHeaders();
    ASSERT_EQ(decoded.records.size(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(decoded.records[i].offset, Offset(1000) + static_cast<int64_t>(i));
      EXPECT_EQ(decoded.records[i].timestamp, timestamps[i]);
      EXPECT_EQ(decoded.records[i].key, records[i].key);
      EXPECT_EQ(decoded.records[i].value, records[i].value);
      EXPECT_THAT(decoded.records[i].headers, testing::ElementsAreArray(headers[i]));
    }
  }
}

TEST(RecordBatchTest, AnyFlippedBitIsNoticed) {
  BatchBuilder builder;
  builder.Add({.key = "key", .value = "value"}, 1);
  builder.Add({.key = "key2", .value = "value2"}, 2);
  const std::string batch(builder.Finish(Offset(3)));
  for (size_t bit = 0; bit < batch.size() * 8; ++bit) {
    std::string damaged = batch;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto header = CheckBatch(damaged);
    // Base offset and leader epoch are outside the checksum, as in Kafka; the scan checks the base.
    const bool outside = bit / 8 < 8 || (bit / 8 >= 12 && bit / 8 < 16);
    EXPECT_EQ(header.has_value() && header->base == Offset(3), outside && bit / 8 >= 12) << bit;
  }
}

TEST(RecordBatchTest, ACutBatchIsNoBatch) {
  BatchBuilder builder;
  builder.Add({.value = "value"}, 1);
  const std::string batch(builder.Finish(Offset(0)));
  for (size_t size = 0; size < batch.size(); ++size) {
    EXPECT_EQ(CheckBatch(std::string_view(batch).substr(0, size)).error().kind(),
              ErrorKind::kCorruption);
  }
}

TEST(RecordBatchTest, CompressedRecordsAreRefusedByName) {
  BatchBuilder builder;
  builder.Add({.value = "value"}, 1);
  const std::string batch(builder.Finish(Offset(0)));
  auto header = *CheckBatch(batch);
  header.attributes = 1;
  DecodedRecords decoded;
  EXPECT_EQ(DecodeBatch(batch, header, Offset(0), 100, decoded).error().kind(),
            ErrorKind::kUnsupported);
}

TEST(BigEndianTest, VarintsGoBothWays) {
  for (const int64_t value : {int64_t{0}, int64_t{-1}, int64_t{63}, int64_t{64}, int64_t{-65},
                              int64_t{INT32_MAX}, INT64_MAX, INT64_MIN}) {
    std::string bytes;
    AppendVarint(bytes, value);
    EXPECT_EQ(bytes.size(), VarintBytes(value));
    ByteReader reader(bytes);
    EXPECT_EQ(reader.Varint(), value);
    EXPECT_TRUE(reader.ok() && reader.empty());
    ByteReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
    cut.Varint();
    EXPECT_FALSE(cut.ok());
  }
}

}  // namespace
}  // namespace pinlake
