#include "duck/duck.h"

#include <fmt/format.h>

#include <thread>

#include "base/clock.h"
#include "duck/duck_cells.h"
#include "duck/duck_library.h"

namespace pinlake {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

/// DuckDB's sentence without its own error class in front.
std::string Sentence(const char* text) {
  std::string_view sentence = text == nullptr ? "no reason given" : text;
  for (const std::string_view noise :
       {"Invalid Input Error: ", "Binder Error: ", "Parser Error: ", "Catalog Error: ",
        "Permission Error: ", "Conversion Error: "}) {
    if (sentence.starts_with(noise)) sentence.remove_prefix(noise.size());
  }
  while (!sentence.empty() && sentence.back() == '\n') sentence.remove_suffix(1);
  return std::string(sentence);
}

ErrorKind KindOfMessage(std::string_view text) {
  if (text.starts_with("INTERRUPT Error")) return ErrorKind::kCancelled;
  if (text.starts_with("Out of Memory Error")) return ErrorKind::kOutOfSpace;
  if (text.starts_with("IO Error") && text.find("No space") != text.npos)
    return ErrorKind::kOutOfSpace;
  if (text.starts_with("INTERNAL Error")) return ErrorKind::kInternal;
  return ErrorKind::kInvalidArgument;
}

tl::unexpected<Error> DuckError(const char* text) {
  const std::string_view whole = text == nullptr ? "" : text;
  const auto kind = KindOfMessage(whole);
  if (kind == ErrorKind::kCancelled) return Fail(kind, "the query was stopped");
  // Behind its first line stand settings that are not to be changed by a statement.
  if (kind == ErrorKind::kOutOfSpace) return Fail(kind, "{}", whole.substr(0, whole.find('\n')));
  return Fail(kind, "{}", Sentence(text));
}

/// Discards rows.
class NoRows final : public DuckRowSink {
 public:
  Status OnColumns(const std::vector<DuckColumn>&) override { return {}; }
  Status OnRow(const DuckRow&) override { return {}; }
};

class TableSink final : public DuckRowSink {
 public:
  explicit TableSink(size_t rows_max) : rows_max_(rows_max) {}
  Status OnColumns(const std::vector<DuckColumn>& columns) override {
    table.columns = columns;
    return {};
  }
  Status OnRow(const DuckRow& row) override {
    if (table.rows.size() >= rows_max_) {
      return Fail(ErrorKind::kOutOfSpace, "the answer has more than {} rows; add a LIMIT",
                  rows_max_);
    }
    table.rows.push_back(row);
    return {};
  }
  DuckTable table;

 private:
  const size_t rows_max_;
};

}  // namespace

std::string SqlText(std::string_view text) { return Quoted(text, '\''); }
std::string SqlName(std::string_view name) { return Quoted(name, '"'); }

struct Duck::Impl {
  explicit Impl(const DuckLibrary& library) : api(library) {}
  ~Impl() {
    if (connection != nullptr) api.disconnect(&connection);
    if (database != nullptr) api.close(&database);
  }

  Status OpenDatabase(const DuckOptions& options);
  Status RunAll(std::string_view sql, bool only_one, DuckRowSink& sink, std::stop_token stop);
  Status RunStatement(duckdb_extracted_statements statements, idx_t index, DuckRowSink& sink,
                      std::stop_token stop);
  Status RunPending(duckdb_pending_result pending, DuckRowSink& sink, std::stop_token stop);
  Status SendRows(duckdb_result& result, DuckRowSink& sink, std::stop_token stop);
  Status SendChunk(duckdb_data_chunk chunk, DuckRowSink& sink);

  const DuckLibrary& api;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
};

Status Duck::Impl::OpenDatabase(const DuckOptions& options) {
  duckdb_config config = nullptr;
  if (api.create_config(&config) != DuckDBSuccess) {
    return Fail(ErrorKind::kInternal, "DuckDB gave no configuration");
  }
  const int threads = options.threads > 0
                          ? options.threads
                          : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const std::pair<const char*, std::string> settings[] = {
      {"memory_limit", fmt::format("{}B", options.memory_bytes_max)},
      {"temp_directory", options.temp_directory},
      {"threads", std::to_string(threads)},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
  };
  for (const auto& [name, value] : settings) {
    if (api.set_config(config, name, value.c_str()) == DuckDBSuccess) continue;
    api.destroy_config(&config);
    return Fail(ErrorKind::kInvalidArgument, "DuckDB refused {}={}", name, value);
  }
  char* error = nullptr;
  const auto opened = api.open_ext(":memory:", &database, config, &error);
  api.destroy_config(&config);
  if (opened != DuckDBSuccess) {
    auto failure = DuckError(error);
    api.free(error);
    return failure;
  }
  if (api.connect(database, &connection) != DuckDBSuccess) {
    return Fail(ErrorKind::kInternal, "DuckDB gave no connection");
  }
  return {};
}

Status Duck::Impl::RunAll(std::string_view sql, bool only_one, DuckRowSink& sink,
                          std::stop_token stop) {
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = api.extract_statements(connection, std::string(sql).c_str(), &statements);
  auto status = [&]() -> Status {
    if (count == 0) {
      const char* error = api.extract_statements_error(statements);
      if (error != nullptr) return DuckError(error);
      return Fail(ErrorKind::kInvalidArgument, "there is no statement in \"{}\"", sql);
    }
    if (only_one && count != 1) {
      return Fail(ErrorKind::kInvalidArgument, "one statement is wanted, these are {}", count);
    }
    for (idx_t i = 0; i < count; ++i) RETURN_IF_ERROR(RunStatement(statements, i, sink, stop));
    return {};
  }();
  api.destroy_extracted(&statements);
  return status;
}

Status Duck::Impl::RunStatement(duckdb_extracted_statements statements, idx_t index,
                                DuckRowSink& sink, std::stop_token stop) {
  duckdb_prepared_statement prepared = nullptr;
  duckdb_pending_result pending = nullptr;
  auto status = [&]() -> Status {
    if (api.prepare_extracted_statement(connection, statements, index, &prepared) !=
        DuckDBSuccess) {
      return DuckError(api.prepare_error(prepared));
    }
    if (api.pending_prepared_streaming(prepared, &pending) != DuckDBSuccess) {
      return DuckError(api.pending_error(pending));
    }
    // Ends what a single long task or fetch would otherwise go on with.
    std::stop_callback interrupt(stop, [this] { api.interrupt(connection); });
    return RunPending(pending, sink, stop);
  }();
  api.destroy_pending(&pending);
  api.destroy_prepare(&prepared);
  return status;
}

Status Duck::Impl::RunPending(duckdb_pending_result pending, DuckRowSink& sink,
                              std::stop_token stop) {
  for (;;) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "the query was stopped");
    const auto state = api.pending_execute_task(pending);
    if (state == DUCKDB_PENDING_ERROR) return DuckError(api.pending_error(pending));
    if (api.pending_execution_is_finished(state)) break;
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) SystemClock().SleepFor(Millis(1), stop);
  }
  duckdb_result result;
  const auto executed = api.execute_pending(pending, &result);
  auto status = executed == DuckDBSuccess ? SendRows(result, sink, stop)
                                          : Status(DuckError(api.result_error(&result)));
  api.destroy_result(&result);
  return status;
}

Status Duck::Impl::SendRows(duckdb_result& result, DuckRowSink& sink, std::stop_token stop) {
  std::vector<DuckColumn> columns;
  for (idx_t i = 0; i < api.column_count(&result); ++i) {
    const std::string name = api.column_name(&result, i);
    auto type = api.column_logical_type(&result, i);
    const auto kind = DuckCellReader::KindOf(api, type, name);
    api.destroy_logical_type(&type);
    if (!kind) return Fail(kind.error());
    columns.push_back({name, *kind});
  }
  RETURN_IF_ERROR(sink.OnColumns(columns));
  for (;;) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "the query was stopped");
    auto chunk = api.fetch_chunk(result);
    if (chunk == nullptr) break;
    auto status = SendChunk(chunk, sink);
    api.destroy_data_chunk(&chunk);
    RETURN_IF_ERROR(status);
  }
  // A stream that ends by an error ends as if it were complete; the result knows better.
  const char* error = api.result_error(&result);
  if (error != nullptr && *error != '\0') return DuckError(error);
  return {};
}

Status Duck::Impl::SendChunk(duckdb_data_chunk chunk, DuckRowSink& sink) {
  std::vector<DuckCellReader> readers;
  const idx_t columns = api.data_chunk_get_column_count(chunk);
  readers.reserve(columns);
  for (idx_t i = 0; i < columns; ++i)
    readers.emplace_back(api, api.data_chunk_get_vector(chunk, i));
  DuckRow row(columns);
  const idx_t rows = api.data_chunk_get_size(chunk);
  for (idx_t i = 0; i < rows; ++i) {
    for (idx_t column = 0; column < columns; ++column) {
      row[column].reset();
      if (!readers[column].IsNull(i)) readers[column].Append(i, &row[column].emplace());
    }
    RETURN_IF_ERROR(sink.OnRow(row));
  }
  return {};
}

Duck::Duck(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Duck::~Duck() = default;

Result<std::unique_ptr<Duck>> Duck::Open(const DuckOptions& options) {
  ASSIGN_OR_RETURN(const auto* library, LoadDuckLibrary());
  RETURN_IF_ERROR(RealDisk().MakeDirectories(options.temp_directory));
  auto impl = std::make_unique<Impl>(*library);
  RETURN_IF_ERROR(impl->OpenDatabase(options));
  return std::unique_ptr<Duck>(new Duck(std::move(impl)));
}

Status Duck::Execute(std::string_view sql, std::stop_token stop) {
  NoRows sink;
  return impl_->RunAll(sql, false, sink, std::move(stop));
}

Status Duck::Stream(std::string_view sql, DuckRowSink& sink, std::stop_token stop) {
  return impl_->RunAll(sql, true, sink, std::move(stop));
}

Result<DuckTable> Duck::Query(std::string_view sql, std::stop_token stop, size_t rows_max) {
  TableSink sink(rows_max);
  RETURN_IF_ERROR(Stream(sql, sink, std::move(stop)));
  return std::move(sink.table);
}

Status Duck::Seal() {
  return Execute("SET enable_external_access = false; SET lock_configuration = true;");
}

}  // namespace pinlake
