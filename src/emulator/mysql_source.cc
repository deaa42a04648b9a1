#include "emulator/mysql_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "emulator/mysql_connection.h"
#include "observe/log.h"

namespace pinlake {
namespace {

constexpr Millis kFirstPause{100};
constexpr Millis kLongestPause{5'000};

/// A connection that comes back: a query that finds the server gone is asked again.
class LastingConnection {
 public:
  /// \p was_open: the server has been there before, so that its absence will pass.
  LastingConnection(const MySqlSourceOptions& options, Clock& clock, bool was_open)
      : options_(options), clock_(clock), was_open_(was_open) {}

  Result<MySqlAnswer> Query(const std::string& sql, std::stop_token stop) {
    const Micros start = clock_.Steady();
    Millis pause = kFirstPause;
    bool warned = false;
    for (;;) {
      auto answer = Try(sql);
      if (answer || answer.error().kind() != ErrorKind::kUnavailable) return answer;
      connection_.reset();
      // A server that was never there is reported at once: that is a wrong address.
      if (!was_open_ || clock_.Steady() - start > options_.reconnect_for) return answer;
      if (!warned) LogWarn("The database is away; trying again.", F("error", answer.error()));
      warned = true;
      if (!clock_.SleepFor(pause, stop)) {
        return Fail(ErrorKind::kCancelled, "stopped while the database was away");
      }
      pause = std::min(pause * 2, kLongestPause);
    }
  }

 private:
  Result<MySqlAnswer> Try(const std::string& sql) {
    if (!connection_) {
      ASSIGN_OR_RETURN(connection_, MySqlConnection::Open(options_.address));
      was_open_ = true;
    }
    return connection_->Query(sql);
  }

  const MySqlSourceOptions& options_;
  Clock& clock_;
  std::unique_ptr<MySqlConnection> connection_;
  bool was_open_;
};

class MySqlReader final : public RowReader {
 public:
  MySqlReader(const MySqlSourceOptions& options, bool by_place, Clock& clock)
      : options_(options), by_place_(by_place), connection_(options, clock, true) {}

  Result<std::vector<Round>> Read(std::span<const int64_t> numbers, std::stop_token stop) override {
    std::vector<Round> rounds;
    for (const int64_t number : numbers) rounds.push_back({number, {}});
    for (const auto& table : options_.tables) {
      RETURN_IF_ERROR(by_place_ ? ReadByPlace(table, rounds, stop)
                                : ReadByNumber(table, numbers, rounds, stop));
    }
    for (auto& round : rounds) {
      if (round.rows.size() != options_.tables.size()) round.rows.clear();
    }
    return rounds;
  }

 private:
  static std::string Json(const MySqlAnswer& answer, const Row& row) {
    std::string json;
    AppendJsonObject(answer.columns, row, JsonStyle::kPython, &json);
    return json;
  }

  Status ReadByNumber(const MySqlTable& table, std::span<const int64_t> numbers,
                      std::vector<Round>& rounds, std::stop_token stop) {
    const auto sql =
        fmt::format("SELECT * FROM {} WHERE {} IN ({})", MySqlName(table.name),
                    MySqlName(table.number_column), fmt::join(numbers.begin(), numbers.end(), ","));
    ASSIGN_OR_RETURN(const auto answer, connection_.Query(sql, stop));
    const auto column = std::find_if(answer.columns.begin(), answer.columns.end(),
                                     [&](const auto& c) { return c.name == table.number_column; }) -
                        answer.columns.begin();
    // Of several rows with a number the first counts.
    std::map<std::string_view, const Row*> by_number;
    for (const auto& row : answer.rows)
      by_number.try_emplace(row[static_cast<size_t>(column)].text, &row);
    for (auto& round : rounds) {
      const auto found = by_number.find(std::to_string(round.number));
      if (found != by_number.end()) round.rows.push_back(Json(answer, *found->second));
    }
    return {};
  }

  Status ReadByPlace(const MySqlTable& table, std::vector<Round>& rounds, std::stop_token stop) {
    for (auto& round : rounds) {
      const auto sql =
          fmt::format("SELECT * FROM {} LIMIT {}, 1", MySqlName(table.name), round.number);
      ASSIGN_OR_RETURN(const auto answer, connection_.Query(sql, stop));
      if (!answer.rows.empty()) round.rows.push_back(Json(answer, answer.rows[0]));
    }
    return {};
  }

  const MySqlSourceOptions& options_;
  const bool by_place_;
  LastingConnection connection_;
};

bool HasColumn(const MySqlAnswer& answer, const std::string& name) {
  return std::any_of(answer.columns.begin(), answer.columns.end(),
                     [&](const auto& column) { return column.name == name; });
}

Result<int64_t> AsInt(const Cell& cell, const MySqlTable& table) {
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), value);
  if (error == std::errc() && end == cell.text.data() + cell.text.size()) return value;
  return Fail(ErrorKind::kInvalidArgument, "column {} of table {} holds no whole numbers",
              table.number_column, table.name);
}

}  // namespace

Result<std::unique_ptr<MySqlSource>> MySqlSource::Open(MySqlSourceOptions options, Clock& clock,
                                                       std::stop_token stop) {
  if (options.tables.empty()) return Fail(ErrorKind::kInvalidArgument, "no table is named");
  std::unique_ptr<MySqlSource> source(new MySqlSource(std::move(options), clock));
  for (const auto& table : source->options_.tables) source->suffixes_.push_back(table.topic_suffix);
  RETURN_IF_ERROR(source->FindNumbers(std::move(stop)));
  return source;
}

Status MySqlSource::FindNumbers(std::stop_token stop) {
  LastingConnection connection(options_, clock_, false);
  for (const auto& table : options_.tables) {
    const auto sql = fmt::format("SELECT * FROM {} LIMIT 0", MySqlName(table.name));
    ASSIGN_OR_RETURN(const auto shape, connection.Query(sql, stop));
    by_place_ = by_place_ || !HasColumn(shape, table.number_column);
  }
  const auto& first = options_.tables.front();
  const auto column = MySqlName(first.number_column);
  const auto sql =
      by_place_ ? fmt::format("SELECT 0, COUNT(*) - 1, COUNT(*) FROM {}", MySqlName(first.name))
                : fmt::format("SELECT MIN({}), MAX({}), COUNT(*) FROM {}", column, column,
                              MySqlName(first.name));
  ASSIGN_OR_RETURN(const auto range, connection.Query(sql, stop));
  if (range.rows.empty() || range.rows[0][2].text == "0") {
    return Fail(ErrorKind::kNotFound, "{}: table {} is empty; `pinlake dataset load` fills it",
                Describe(), first.name);
  }
  ASSIGN_OR_RETURN(first_, AsInt(range.rows[0][0], first));
  ASSIGN_OR_RETURN(last_, AsInt(range.rows[0][1], first));
  return {};
}

Result<std::unique_ptr<RowReader>> MySqlSource::NewReader(std::stop_token) {
  return std::make_unique<MySqlReader>(options_, by_place_, clock_);
}

}  // namespace pinlake
