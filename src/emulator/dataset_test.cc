#include "emulator/dataset.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "emulator/dataset_files.h"

namespace pinlake {
namespace {

std::string Line(const Dataset& dataset, size_t table, int64_t number) {
  std::string out;
  AppendJsonObject(Dataset::Tables()[table].columns, dataset.At(table, number), JsonStyle::kPython,
                   &out);
  return out;
}

size_t ColumnAt(size_t table, std::string_view name) {
  const auto& columns = Dataset::Tables()[table].columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
  }
  return columns.size();
}

std::map<std::string, int> Values(const Dataset& dataset, size_t table, std::string_view column) {
  std::map<std::string, int> counts;
  const size_t at = ColumnAt(table, column);
  for (int64_t i = 0; i < dataset.rows(); ++i) {
    const Cell cell = dataset.At(table, i)[at];
    ++counts[cell.kind == Cell::Kind::kNull ? "NULL" : cell.text];
  }
  return counts;
}

TEST(DatasetTest, SameSeedGivesTheSameBytesOnEveryMachine) {
  const Dataset dataset(11'000, 7);
  EXPECT_EQ(
      Line(dataset, 0, 42),
      R"({"index": 42, "unique_id": "aaf28e0a-f523-45ca-8893-f17df9f322fe", "title": "Budget small )"
      R"(street", "description": "Small hair europe paint christmas ' cute bedroom guide diy )"
      R"(simple home budget outfit car home kitchen modern car simple modern diy budget diy )"
      R"(space budget diy party", "poster_name": "Stephanie Ali", "follower_count": "141k", )"
      R"("tag_list": "Christmas Beach,Party Ideas,Car Cute,Tree Travel,Christmas Bedroom,Europe )"
      R"(Diy,Wedding Tree,Wedding Summer", "is_image_or_video": "multi-video(story page )"
      "format)\", \"image_src\": "
      R"("https://i.pinimg.com/originals/e2/3d/f0/e23df0be34fbc9f43f66597e666587de.jpg", )"
      R"("downloaded": 1, "save_location": "Local save in /data/art", "category": "art"})");
  EXPECT_EQ(Line(dataset, 1, 42),
            R"({"ind": 42, "timestamp": "2019-02-08 17:52:58", "latitude": -50.295, )"
            R"("longitude": 165.7099, "country": "Gambia"})");
  EXPECT_EQ(Line(dataset, 2, 42),
            R"({"ind": 42, "first_name": "Stephanie", "last_name": "Nguyen", "age": 21, )"
            R"("date_joined": "2022-05-13 01:10:50"})");
}

TEST(DatasetTest, ARowDependsNeitherOnTheCountNorOnItsNeighbours) {
  EXPECT_EQ(Line(Dataset(100, 7), 0, 42), Line(Dataset(1'000'000'000, 7), 0, 42));
  EXPECT_NE(Line(Dataset(100, 7), 0, 42), Line(Dataset(100, 8), 0, 42));
}

TEST(DatasetTest, RowsHaveTheColumnsOfTheirTableAndTheSameNumber) {
  const Dataset dataset(1'000'000'000, 1);
  for (const int64_t number : {int64_t{0}, int64_t{77}, dataset.rows() - 1}) {
    for (size_t table = 0; table < 3; ++table) {
      const Row row = dataset.At(table, number);
      ASSERT_EQ(row.size(), Dataset::Tables()[table].columns.size());
      EXPECT_EQ(row[0], Cell::Integer(number));
    }
  }
}

TEST(DatasetTest, PostsHoldEveryPlaceholderAndTheOddCounts) {
  const Dataset dataset(Dataset::kDefaultRows, 1);
  const auto followers = Values(dataset, 0, "follower_count");
  for (const auto* odd :
       {"User Info Error", "1.5k", "26K", " 42 ", "", "3000M", "NULL", "User Info Error "}) {
    EXPECT_TRUE(followers.contains(odd)) << odd;
  }
  EXPECT_TRUE(Values(dataset, 0, "title").contains("No Title Data Available"));
  EXPECT_TRUE(Values(dataset, 0, "description").contains("No description available Story format"));
  EXPECT_TRUE(Values(dataset, 0, "tag_list").contains("N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e"));
  EXPECT_TRUE(Values(dataset, 0, "image_src").contains("Image src error."));
  EXPECT_EQ(Values(dataset, 0, "category").size(), 13u);
  EXPECT_EQ(Values(dataset, 0, "is_image_or_video").size(), 3u);
}

TEST(DatasetTest, TextsHoldLineSeparatorsQuotesAndEmoji) {
  const Dataset dataset(Dataset::kDefaultRows, 1);
  std::string all;
  for (int64_t i = 0; i < 2000; ++i) all += dataset.At(0, i)[ColumnAt(0, "description")].text;
  for (const auto* piece : {"\u2028", "😀", "\"quoted\"", "Line\nBreak", "\\"}) {
    EXPECT_NE(all.find(piece), std::string::npos) << piece;
  }
}

TEST(DatasetTest, UsersComeBackUnderTheSameNameAndAge) {
  const Dataset dataset(Dataset::kDefaultRows, 1);
  std::set<std::string> people, joined;
  for (int64_t i = 0; i < dataset.rows(); ++i) {
    const Row row = dataset.At(2, i);
    people.insert(row[1].text + "/" + row[2].text + "/" + row[3].text);
    joined.insert(row[4].text);
  }
  EXPECT_LT(people.size(), 9'000u);
  EXPECT_GT(people.size(), 4'000u);
  EXPECT_GT(joined.size(), 10'900u);
}

TEST(DatasetTest, DateTimesAndCoordinatesAreWellFormed) {
  const Dataset dataset(2'000, 3);
  for (int64_t i = 0; i < dataset.rows(); ++i) {
    const Row row = dataset.At(1, i);
    EXPECT_EQ(row[1].text.size(), 19u);
    if (row[2].kind == Cell::Kind::kNull) continue;
    EXPECT_LE(std::abs(std::stod(row[2].text)), 90.0);
    EXPECT_NE(row[2].text.find('.'), std::string::npos);
  }
}

class DatasetFilesTest : public testing::Test {
 protected:
  DatasetFilesTest() {
    std::string pattern = testing::TempDir() + "pinlake-dataset-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~DatasetFilesTest() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(DatasetFilesTest, ThreeFilesOfLinesAreTheSameEachTime) {
  const Dataset dataset(500, 5);
  const auto first =
      WriteDatasetFiles(dataset, directory_ + "/a", DatasetFormat::kJson, RealDisk(), {});
  const auto second =
      WriteDatasetFiles(dataset, directory_ + "/b", DatasetFormat::kJson, RealDisk(), {});
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const auto text = RealDisk().ReadAll((*first)[i].path);
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, RealDisk().ReadAll((*second)[i].path));
    EXPECT_EQ(std::count(text->begin(), text->end(), '\n'), 500);
    EXPECT_EQ(text->size(), (*first)[i].bytes);
  }
  EXPECT_EQ((*first)[0].path, directory_ + "/a/pin.json");
}

TEST_F(DatasetFilesTest, CsvHasAHeader) {
  const auto files =
      WriteDatasetFiles(Dataset(3, 5), directory_, DatasetFormat::kCsv, RealDisk(), {});
  ASSERT_TRUE(files) << files.error().message();
  const auto text = RealDisk().ReadAll(directory_ + "/user.csv");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->substr(0, text->find('\n')), "ind,first_name,last_name,age,date_joined");
}

TEST_F(DatasetFilesTest, AStoppedRunLeavesNoFile) {
  std::stop_source stop;
  stop.request_stop();
  const auto files = WriteDatasetFiles(Dataset(100'000, 5), directory_, DatasetFormat::kJson,
                                       RealDisk(), stop.get_token());
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().kind(), ErrorKind::kCancelled);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

}  // namespace
}  // namespace pinlake
