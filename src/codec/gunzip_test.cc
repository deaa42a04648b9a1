#include "codec/gunzip.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

// `printf 'hello\n' | gzip -n`
constexpr unsigned char kHello[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                    0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00,
                                    0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00};
const std::string_view kFile(reinterpret_cast<const char*>(kHello), sizeof kHello);

TEST(GunzipTest, PiecesOfAnySizeGiveTheSame) {
  for (size_t size = 1; size <= kFile.size(); ++size) {
    Gunzip gunzip;
    std::string out;
    for (size_t at = 0; at < kFile.size(); at += size) {
      ASSERT_TRUE(gunzip.Add(kFile.substr(at, size), &out));
    }
    EXPECT_EQ(out, "hello\n");
    EXPECT_TRUE(gunzip.Finish());
  }
}

TEST(GunzipTest, JoinedFilesAreOne) {
  Gunzip gunzip;
  std::string out;
  ASSERT_TRUE(gunzip.Add(std::string(kFile) + std::string(kFile), &out));
  EXPECT_EQ(out, "hello\nhello\n");
  EXPECT_TRUE(gunzip.Finish());
}

TEST(GunzipTest, AnythingElseIsCorruption) {
  std::string out;
  EXPECT_EQ(Gunzip().Add("not gzip", &out).error().kind(), ErrorKind::kCorruption);
  std::string broken(kFile);
  broken[broken.size() - 6] ^= 1;
  EXPECT_EQ(Gunzip().Add(broken, &out).error().kind(), ErrorKind::kCorruption);
  Gunzip cut;
  ASSERT_TRUE(cut.Add(kFile.substr(0, 20), &out));
  EXPECT_EQ(cut.Finish().error().kind(), ErrorKind::kCorruption);
}

}  // namespace
}  // namespace pinlake
