#include "emulator/mysql_load.h"

#include <fmt/format.h>

#include "emulator/mysql_connection.h"

namespace pinlake {
namespace {

constexpr int64_t kRowsInStatement = 500;
constexpr int64_t kRowsInTransaction = 10'000;
constexpr std::string_view kMark = "pinlake data set";

std::string MarkOf(const MySqlLoadOptions& options) {
  return fmt::format("{}: rows={} seed={}", kMark, options.rows, options.seed);
}

std::string CreateSql(const TableDef& table) {
  std::string columns;
  for (const auto& column : table.columns) {
    columns += fmt::format("{} {}, ", MySqlName(column.name), column.sql_type);
  }
  return fmt::format("CREATE TABLE {} ({}PRIMARY KEY ({})) CHARACTER SET utf8mb4 COMMENT '{}'",
                     MySqlName(table.name), columns, MySqlName(table.number_column), kMark);
}

std::string InsertSql(MySqlConnection& connection, const Dataset& dataset, size_t table,
                      int64_t first, int64_t end) {
  std::string sql = fmt::format("INSERT INTO {} VALUES ", MySqlName(Dataset::Tables()[table].name));
  for (int64_t number = first; number < end; ++number) {
    sql += number == first ? "(" : ",(";
    bool comma = false;
    for (const auto& cell : dataset.At(table, number)) {
      if (comma) sql += ',';
      sql += connection.Literal(cell);
      comma = true;
    }
    sql += ')';
  }
  return sql;
}

class Loader {
 public:
  Loader(const MySqlLoadOptions& options, MySqlConnection& connection, std::stop_token stop,
         const std::function<void(const std::string&, int64_t)>& progress)
      : options_(options),
        connection_(connection),
        stop_(std::move(stop)),
        progress_(progress),
        dataset_(options.rows, options.seed) {}

  Result<MySqlLoadedTable> Load(size_t table) {
    const auto& def = Dataset::Tables()[table];
    MySqlLoadedTable loaded{def.name, options_.rows, false};
    ASSIGN_OR_RETURN(loaded.was_there, PrepareTable(def));
    if (loaded.was_there) return loaded;
    RETURN_IF_ERROR(Fill(table));
    // Last, so that a table with the whole mark is whole.
    RETURN_IF_ERROR(connection_.Execute(
        fmt::format("ALTER TABLE {} COMMENT '{}'", MySqlName(def.name), MarkOf(options_))));
    return loaded;
  }

 private:
  /// True if the table is there and whole; else it is there and empty.
  Result<bool> PrepareTable(const TableDef& table) {
    const auto sql = fmt::format(
        "SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE() AND "
        "table_name = {}",
        connection_.Literal(Cell::Text(table.name)));
    ASSIGN_OR_RETURN(const auto found, connection_.Query(sql));
    if (!found.rows.empty()) {
      const std::string& comment = found.rows[0][0].text;
      if (comment == MarkOf(options_) && !options_.replace) return true;
      if (!comment.starts_with(kMark) && !options_.replace) {
        return Fail(ErrorKind::kAlreadyExists,
                    "{}: table {} exists and was not made by this program; --replace drops it",
                    options_.address.Describe(), table.name);
      }
      RETURN_IF_ERROR(connection_.Execute("DROP TABLE " + MySqlName(table.name)));
    }
    RETURN_IF_ERROR(connection_.Execute(CreateSql(table)));
    return false;
  }

  Status Fill(size_t table) {
    RETURN_IF_ERROR(connection_.Execute("START TRANSACTION"));
    for (int64_t first = 0; first < options_.rows; first += kRowsInStatement) {
      if (stop_.stop_requested()) {
        return Fail(ErrorKind::kCancelled, "stopped at row {} of {}", first,
                    Dataset::Tables()[table].name);
      }
      const int64_t end = std::min(first + kRowsInStatement, options_.rows);
      RETURN_IF_ERROR(connection_.Execute(InsertSql(connection_, dataset_, table, first, end)));
      if (end % kRowsInTransaction == 0) {
        RETURN_IF_ERROR(connection_.Execute("COMMIT"));
        RETURN_IF_ERROR(connection_.Execute("START TRANSACTION"));
      }
      if (progress_) progress_(Dataset::Tables()[table].name, end);
    }
    return connection_.Execute("COMMIT");
  }

  const MySqlLoadOptions& options_;
  MySqlConnection& connection_;
  const std::stop_token stop_;
  const std::function<void(const std::string&, int64_t)>& progress_;
  const Dataset dataset_;
};

}  // namespace

Result<std::vector<MySqlLoadedTable>> LoadDataset(
    const MySqlLoadOptions& options, std::stop_token stop,
    const std::function<void(const std::string&, int64_t)>& progress) {
  ASSIGN_OR_RETURN(const auto connection, MySqlConnection::Open(options.address));
  // The data set is one of UTC and may hold any text that its columns take.
  RETURN_IF_ERROR(connection->Execute("SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'"));
  Loader loader(options, *connection, std::move(stop), progress);
  std::vector<MySqlLoadedTable> tables;
  for (size_t i = 0; i < Dataset::Tables().size(); ++i) {
    ASSIGN_OR_RETURN(auto table, loader.Load(i));
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace pinlake
