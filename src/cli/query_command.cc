#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/pipeline.h"
#include "cli/signals.h"
#include "query/raw_query.h"
#include "query/result_format.h"

namespace pinlake {
namespace {

struct Flags {
  std::string sql, sink;
  ResultFormat format = ResultFormat::kTable;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "sql",
       .field = Text(&C::sql),
       .fallback = "",
       .doc = "One statement, instead of the name of one of the pipeline's queries."},
      {.name = "format",
       .field = Enum(&C::format, {{"table", ResultFormat::kTable},
                                  {"csv", ResultFormat::kCsv},
                                  {"json", ResultFormat::kJson},
                                  {"html", ResultFormat::kTable,
                                   "this version has no HTML; write table, csv or json"}}),
       .fallback = "table",
       .doc = "table: for people. csv: with a header, NULL is nothing. json: an array of objects."},
      {.name = "sink",
       .field = Text(&C::sink),
       .fallback = "",
       .doc = "Name of the sink whose objects are read; the first one if none is named."},
  };
  return table;
}

/// The names of the objects that the sink stores.
Result<ObjectNaming> NamingOf(const Pipeline& pipeline, const std::string& sink) {
  for (const auto& section : pipeline.sinks) {
    if (sink.empty() || section.name == sink) return section.config.naming();
  }
  if (sink.empty()) return ObjectNaming();
  return Fail(ErrorKind::kInvalidArgument, "{} has no sink {}", pipeline.path, sink);
}

/// What was asked for, as one SQL statement and its title.
Result<QuerySection> StatementOf(const CommandCall& call, const Flags& flags,
                                 const Pipeline& pipeline) {
  if (call.positionals.empty() == flags.sql.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "give either the name of a query or --sql");
  }
  if (!flags.sql.empty()) return QuerySection{.sql = flags.sql};
  std::string names;
  for (const auto& query : pipeline.queries) {
    if (query.name == call.positionals[0]) return query;
    names += (names.empty() ? "" : ", ") + query.name;
  }
  return Fail(ErrorKind::kInvalidArgument, "{} has no query {}; it has {}", pipeline.path,
              call.positionals[0], names.empty() ? "none" : names);
}

Status WriteOut(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  // Whoever reads the answer has seen enough.
  return Fail(ErrorKind::kCancelled, "the answer is not read any further");
}

Status Answer(const Pipeline& pipeline, const ObjectNaming& naming, const QuerySection& query,
              ResultFormat format, std::stop_token stop) {
  ASSIGN_OR_RETURN(const auto store, OpenPipelineStore(pipeline));
  RETURN_IF_ERROR(store->CheckReachable());
  const RawQueryOptions options{
      .naming = naming,
      .memory_bytes_max = static_cast<uint64_t>(pipeline.general.query_memory),
      .temp_directory = pipeline.general.data_dir + "/tmp"};
  const std::vector<std::string> statements = {query.sql};
  ASSIGN_OR_RETURN(const auto raw, RawQuery::Prepare(options, *store, statements, stop));
  if (format == ResultFormat::kTable && !query.title.empty()) {
    RETURN_IF_ERROR(WriteOut(query.title + "\n"));
  }
  const auto writer = NewResultWriter(format, WriteOut);
  RETURN_IF_ERROR(raw->Run(query.sql, *writer, stop));
  RETURN_IF_ERROR(writer->Finish());
  std::fflush(stdout);
  return {};
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const auto pipeline = LoadPipeline(call);
  if (!pipeline) return WrongUsage(call, pipeline.error());
  const auto naming = NamingOf(*pipeline, flags->config.sink);
  if (!naming) return WrongUsage(call, naming.error());
  const auto query = StatementOf(call, flags->config, *pipeline);
  if (!query) return WrongUsage(call, query.error());
  const auto status = Answer(*pipeline, *naming, *query, flags->config.format, StopOnSignals());
  return status ? 0 : Failed(call, status.error());
}

}  // namespace

Command QueryCommand() {
  return {
      .name = "query",
      .summary = "Answers a named query of the pipeline, or SQL, from the raw objects.",
      .arguments = "[NAME]",
      .details =
          "raw.pin holds the values of the topic whose name ends with .pin; the whole name works "
          "too: raw.\"a.pin\".\nStatements read these tables only: no file, no network, no "
          "setting.\n\n"
          "  pinlake query posts_per_category --pipeline examples/pinterest/pipeline.yaml\n"
          "  pinlake query --sql \"SELECT count(*) FROM raw.pin\" --format json",
      .options = []() -> const OptionRows& { return Table().rows(); },
      .positionals_max = 1,
      .pipeline = true,
      .log_level = LogLevel::kWarn,
      .run = Run};
}

}  // namespace pinlake
