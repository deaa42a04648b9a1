#include "cli/pipeline_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kFile = R"(data:
  dir: ./data
memory.budget: 64MiB
log:
  type: embedded
  topics:
    - name: a.pin
      partitions: 3
    - name: a.geo
gateway:
  # listen: 127.0.0.1:8082
store:
  url: file:lake
sinks:
  - name: one
    flush.size: 10
    topics: [a.pin, a.geo]
  - name: one.two
    file: two.properties
queries:
  per_category: {title: Posts per category, file: q.sql}
)";

Result<PipelineFile> Load(std::string_view text,
                          std::vector<std::pair<std::string, std::string>> sets = {}) {
  ConfigEntries entries;
  for (auto& [key, value] : sets) entries.Set(key, value, "--set");
  return ParsePipelineFile(text, "dir/p.yaml", entries, [](const std::string& name) {
    return name == "PORT" ? std::optional<std::string>("9000") : std::nullopt;
  });
}

std::vector<std::string> Lines(const ConfigEntries& entries) {
  std::vector<std::string> lines;
  for (const auto& e : entries.entries) lines.push_back(Place(entries, e) + "=" + e.value);
  return lines;
}

TEST(PipelineFileTest, SectionsKeepTheirPlaces) {
  const auto file = Load(kFile);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->directory, "dir");
  EXPECT_THAT(Lines(file->general),
              ElementsAre("dir/p.yaml:2: data.dir=./data", "dir/p.yaml:3: memory.budget=64MiB"));
  EXPECT_THAT(Lines(file->log), ElementsAre("dir/p.yaml:5: log.type=embedded"));
  EXPECT_THAT(Lines(file->store), ElementsAre("dir/p.yaml:13: store.url=file:lake"));
  EXPECT_TRUE(file->has_gateway);
  ASSERT_EQ(file->topics.size(), 2u);
  EXPECT_EQ(file->topics[0].name, "a.pin");
  EXPECT_THAT(Lines(file->topics[0].entries),
              ElementsAre("dir/p.yaml:8: log.topics[0].partitions=3"));
  ASSERT_EQ(file->sinks.size(), 2u);
  EXPECT_THAT(Lines(file->sinks[0].entries),
              ElementsAre("dir/p.yaml:16: sinks[0].flush.size=10",
                          "dir/p.yaml:17: sinks[0].topics=a.pin,a.geo"));
  ASSERT_EQ(file->queries.size(), 1u);
  EXPECT_EQ(file->queries[0].name, "per_category");
}

TEST(PipelineFileTest, SetReachesEveryKey) {
  const auto file = Load(kFile, {{"gateway.listen", "127.0.0.1:${env:PORT}"},
                                 {"log.dir", "/d"},
                                 {"sinks.one.flush.size", "7"},
                                 {"sinks.one.two.tasks.max", "2"},
                                 {"sinks[0].rotate.schedule.interval.ms", "5"}});
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->gateway.Find("listen")->value, "127.0.0.1:9000");
  EXPECT_EQ(file->log.Find("dir")->value, "/d");
  EXPECT_EQ(file->sinks[0].entries.Find("flush.size")->value, "7");
  EXPECT_EQ(file->sinks[0].entries.Find("rotate.schedule.interval.ms")->value, "5");
  EXPECT_EQ(file->sinks[1].entries.Find("tasks.max")->value, "2");
}

TEST(PipelineFileTest, TopicsMayBeAListOfNames) {
  const auto file = Load("log: {topics: [a, b]}\n");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->topics.size(), 2u);
  EXPECT_EQ(file->topics[1].name, "b");
  EXPECT_EQ(Load(kFile, {{"log.topics", "x,y,z"}})->topics.size(), 5u);
}

TEST(PipelineFileTest, EveryProblemOfTheStructureIsNamed) {
  const auto file = Load(
      "gatway: {listen: x}\nstreams: [{name: s}]\nsinks:\n - flush.size: 1\n - 5\nqueries: {q: "
      "1}\n",
      {{"sinks.none.x", "1"}, {"tabels.x", "1"}});
  ASSERT_FALSE(file);
  EXPECT_EQ(
      file.error().message(),
      "configuration:\n"
      "dir/p.yaml:1: gatway: unknown section; did you mean gateway?\n"
      "dir/p.yaml:2: streams: is not supported: Kinesis streams are not part of this version; "
      "remove the section\n"
      "--set: tabels: unknown section\n"
      "--set: sinks.none.x: no sink of the file has that name\n"
      "dir/p.yaml:5: sinks[1]: is not a map with a name\n"
      "dir/p.yaml: sinks[0].name: required\n"
      "dir/p.yaml:6: queries.q: is not a map (allowed: title, file, sql)");
}

TEST(PipelineFileTest, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(LoadPipelineFile("/nowhere/p.yaml", {}).error().message(),
            "read /nowhere/p.yaml: No such file or directory");
}

}  // namespace
}  // namespace pinlake
