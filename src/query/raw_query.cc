#include "query/raw_query.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "query/raw_objects.h"

namespace pinlake {
namespace {

/// DuckDB reserves several buffers of the longest line; one of a megabyte is enough for most.
constexpr uint64_t kLineBytesLeast = uint64_t{1} << 20;
constexpr std::string_view kDirectoryBegin = "query-";

std::string ColumnList(const std::vector<RawColumn>& columns) {
  std::string list;
  for (const auto& column : columns) {
    if (!list.empty()) list += ", ";
    list += fmt::format("{}: {}", SqlText(column.name), SqlText(column.type));
  }
  return list;
}

}  // namespace

/// `query-<process>-<number>` below a directory, removed with all in it. Those of processes that
/// are gone are removed on the way.
class RawQuery::TempDirectory {
 public:
  static Result<std::unique_ptr<TempDirectory>> Make(const Path& parent) {
    Disk& disk = RealDisk();
    RETURN_IF_ERROR(disk.MakeDirectories(parent));
    RemoveLeftOvers(parent);
    for (int number = 0;; ++number) {
      const Path path = Join(parent, fmt::format("{}{}-{}", kDirectoryBegin, ::getpid(), number));
      ASSIGN_OR_RETURN(const bool exists, disk.Exists(path));
      if (exists) continue;
      RETURN_IF_ERROR(disk.MakeDirectories(path));
      return std::make_unique<TempDirectory>(path);
    }
  }
  explicit TempDirectory(Path path) : path_(std::move(path)) {}
  ~TempDirectory() { (void)RealDisk().RemoveTree(path_); }
  const Path& path() const { return path_; }

 private:
  static void RemoveLeftOvers(const Path& parent) {
    const auto entries = RealDisk().List(parent);
    if (!entries) return;
    for (const auto& entry : *entries) {
      if (!entry.is_directory || !entry.name.starts_with(kDirectoryBegin)) continue;
      const char* digits = entry.name.data() + kDirectoryBegin.size();
      pid_t process = 0;
      const auto read = std::from_chars(digits, entry.name.data() + entry.name.size(), process);
      if (read.ec != std::errc() || process <= 0) continue;
      if (::kill(process, 0) != 0 && errno == ESRCH) {
        (void)RealDisk().RemoveTree(Join(parent, entry.name));
      }
    }
  }

  const Path path_;
};

RawQuery::RawQuery(std::unique_ptr<TempDirectory> temp, std::unique_ptr<Duck> duck,
                   std::string names)
    : temp_(std::move(temp)), duck_(std::move(duck)), names_(std::move(names)) {}
RawQuery::~RawQuery() = default;

Result<std::unique_ptr<RawQuery>> RawQuery::Prepare(const RawQueryOptions& options,
                                                    ObjectStore& store,
                                                    std::span<const std::string> statements,
                                                    std::stop_token stop) {
  std::set<std::string> mentioned;
  for (const auto& statement : statements) mentioned.merge(RawNamesIn(statement));
  std::vector<TopicName> topics;
  if (!mentioned.empty()) {
    ASSIGN_OR_RETURN(topics, ListRawTopics(store, options.naming, stop));
    if (topics.empty()) {
      return Fail(ErrorKind::kNotFound,
                  "{} holds no raw objects below {}/ yet; post something and let the sink store it",
                  store.Describe(), options.naming.topics_dir);
    }
  }
  const RawNames names(topics);
  ASSIGN_OR_RETURN(auto temp, TempDirectory::Make(options.temp_directory));
  ASSIGN_OR_RETURN(auto duck, Duck::Open({options.memory_bytes_max, Join(temp->path(), "duckdb"),
                                          options.threads}));
  std::unique_ptr<RawQuery> query(
      new RawQuery(std::move(temp), std::move(duck), topics.empty() ? "" : names.List()));
  RETURN_IF_ERROR(query->duck_->Execute("CREATE SCHEMA raw"));
  std::set<std::string> loaded;
  for (const auto& name : mentioned) {
    ASSIGN_OR_RETURN(const auto topic, names.Find(name));
    if (!topic) continue;
    if (loaded.insert(topic->value()).second) {
      RETURN_IF_ERROR(query->LoadTopic(store, options.naming, *topic, stop));
    }
    if (loaded.insert(name).second) {
      RETURN_IF_ERROR(query->duck_->Execute(fmt::format(
          "CREATE OR REPLACE VIEW raw.{} AS FROM raw.{}", SqlName(name), SqlName(topic->value()))));
    }
  }
  RETURN_IF_ERROR(query->duck_->Seal());
  return query;
}

Status RawQuery::LoadTopic(ObjectStore& store, const ObjectNaming& naming, const TopicName& topic,
                           std::stop_token stop) {
  const Path file = Join(temp_->path(), "objects.json");
  ASSIGN_OR_RETURN(const auto spilled, SpillTopic(store, naming, topic, file, RealDisk(), stop));
  const auto columns = spilled.shape.Columns();
  const auto from = fmt::format("{}, maximum_object_size = {}", SqlText(file),
                                std::max(kLineBytesLeast, spilled.line_bytes_max + 2));
  const auto read =
      columns.empty()
          ? fmt::format("SELECT json AS value FROM read_ndjson_objects({})", from)
          : fmt::format("FROM read_json({}, format = 'newline_delimited', columns = {{{}}})", from,
                        ColumnList(columns));
  auto status = duck_->Execute(
      fmt::format("CREATE TABLE raw.{} AS {}", SqlName(topic.value()), read), std::move(stop));
  RETURN_IF_ERROR(RealDisk().Remove(file));
  if (!status) return Fail(std::move(status).error().In("read the values of " + topic.value()));
  return {};
}

Status RawQuery::Run(std::string_view statement, DuckRowSink& sink, std::stop_token stop) {
  auto status = duck_->Stream(statement, sink, std::move(stop));
  if (status || status.error().kind() != ErrorKind::kInvalidArgument || names_.empty())
    return status;
  if (status.error().message().find("does not exist") == std::string::npos) return status;
  return Fail(ErrorKind::kInvalidArgument, "{}\nThere are {}.", status.error().message(), names_);
}

}  // namespace pinlake
