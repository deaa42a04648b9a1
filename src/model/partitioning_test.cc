#include "model/partitioning.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

// Computed with Kafka 3.9.1's Java client.
TEST(PartitioningTest, Murmur2IsKafkas) {
  const struct {
    std::string_view key;
    int32_t hash;
    int32_t of3, of6, of10;
  } rows[] = {
      {"", 275646681, 0, 3, 1},        {"a", -1563381124, 1, 4, 4},
      {"21", -973932308, 0, 0, 0},     {"abc", 479470107, 0, 3, 7},
      {"key", -1079937367, 1, 1, 1},   {"\"key\"", -1798767887, 0, 3, 1},
      {"key2", 1674751211, 2, 5, 1},   {"key3", -1745673403, 1, 1, 5},
      {"key4", -1069414199, 0, 3, 9},  {"kafka", -798503068, 1, 4, 0},
      {"foobar", -790332482, 0, 0, 6}, {"日本", -700811021, 0, 3, 7},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(static_cast<int32_t>(Murmur2(row.key)), row.hash) << row.key;
    EXPECT_EQ(PartitionOfKey(row.key, 3).value(), row.of3) << row.key;
    EXPECT_EQ(PartitionOfKey(row.key, 6).value(), row.of6) << row.key;
    EXPECT_EQ(PartitionOfKey(row.key, 10).value(), row.of10) << row.key;
  }
}

}  // namespace
}  // namespace pinlake
