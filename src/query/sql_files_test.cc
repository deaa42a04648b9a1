// Runs tests/sql/*.test: objects, then statements and what they answer. The form, in the manner of
// sqllogictest:
//
//   object <key>            lines up to an empty one are the object's body
//   query [sort]            a statement up to `----`, then the rows, cells apart by two blanks;
//   query-file <path>       the same with the statement in a file of the repository
//   error                   a statement up to `----`, then a piece of the message
//
// NULL is NULL, an empty text is (empty). `sort` compares rows in any order.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "query/raw_query.h"
#include "store/fake/fake_store.h"

namespace pinlake {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class RowLines final : public DuckRowSink {
 public:
  Status OnColumns(const std::vector<DuckColumn>&) override { return {}; }
  Status OnRow(const DuckRow& row) override {
    std::string line;
    for (const auto& cell : row) {
      if (!line.empty()) line += "  ";
      line += !cell ? "NULL" : cell->empty() ? "(empty)" : *cell;
    }
    lines.push_back(line);
    return {};
  }
  std::vector<std::string> lines;
};

class SqlFile {
 public:
  explicit SqlFile(const std::string& path) : path_(path), text_(ReadFile(path)) {
    std::string pattern = testing::TempDir() + "pinlake-sql-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~SqlFile() { std::filesystem::remove_all(directory_); }

  int Run() {
    while (NextLine()) {
      if (line_.empty() || line_[0] == '#') continue;
      SCOPED_TRACE(fmt::format("{}:{}: {}", path_, number_, line_));
      const auto word = line_.substr(0, line_.find(' '));
      const auto rest = line_.size() > word.size() ? line_.substr(word.size() + 1) : "";
      if (word == "object")
        PutObject(rest);
      else if (word == "query")
        Check(Lines("----"), rest == "sort");
      else if (word == "query-file")
        CheckFile(rest);
      else if (word == "error")
        CheckError(Lines("----"));
      else
        ADD_FAILURE() << "unknown directive";
    }
    return checks_;
  }

 private:
  bool NextLine() {
    if (!std::getline(text_stream_, line_)) return false;
    ++number_;
    return true;
  }
  std::string Lines(const std::string& end) {
    std::string lines;
    while (NextLine() && line_ != end) lines += line_ + "\n";
    return lines;
  }
  void PutObject(const std::string& key) { EXPECT_TRUE(store_.Put(ObjectKey(key), Lines(""), {})); }
  void CheckFile(const std::string& path) {
    (void)Lines("----");
    Check(ReadFile(std::string(PINLAKE_SOURCE_DIR) + "/" + path), false);
  }

  Result<std::vector<std::string>> Answer(const std::string& sql) {
    const std::vector<std::string> statements = {sql};
    ASSIGN_OR_RETURN(
        const auto query,
        RawQuery::Prepare({.temp_directory = directory_, .threads = 2}, store_, statements, {}));
    RowLines rows;
    RETURN_IF_ERROR(query->Run(sql, rows, {}));
    return rows.lines;
  }
  void Check(const std::string& sql, bool sorted) {
    ++checks_;
    std::istringstream expected_text(Lines(""));
    std::vector<std::string> expected;
    for (std::string line; std::getline(expected_text, line);) expected.push_back(line);
    auto rows = Answer(sql);
    ASSERT_TRUE(rows) << rows.error().message();
    if (sorted) {
      std::sort(rows->begin(), rows->end());
      std::sort(expected.begin(), expected.end());
    }
    EXPECT_EQ(*rows, expected);
  }
  void CheckError(const std::string& sql) {
    ++checks_;
    std::string piece = Lines("");
    while (!piece.empty() && piece.back() == '\n') piece.pop_back();
    const auto rows = Answer(sql);
    ASSERT_FALSE(rows) << "answered " << rows->size() << " rows";
    EXPECT_NE(rows.error().message().find(piece), std::string::npos) << rows.error().message();
  }

  const std::string path_;
  const std::string text_;
  std::istringstream text_stream_{text_};
  std::string directory_, line_;
  int number_ = 0;
  int checks_ = 0;
  FakeStore store_;
};

std::vector<std::string> Files() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PINLAKE_SOURCE_DIR) + "/tests/sql")) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class SqlFilesTest : public testing::TestWithParam<std::string> {};

TEST_P(SqlFilesTest, Answers) {
  EXPECT_GT(SqlFile(GetParam()).Run(), 0) << "the file checks nothing";
}

INSTANTIATE_TEST_SUITE_P(Sql, SqlFilesTest, testing::ValuesIn(Files()), [](const auto& info) {
  return std::filesystem::path(info.param).stem().string();
});

}  // namespace
}  // namespace pinlake
