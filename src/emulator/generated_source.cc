#include "emulator/generated_source.h"

#include <fmt/format.h>

#include <charconv>

namespace pinlake {
namespace {

class GeneratedReader final : public RowReader {
 public:
  explicit GeneratedReader(const Dataset& dataset) : dataset_(dataset) {}

  Result<std::vector<Round>> Read(std::span<const int64_t> numbers, std::stop_token) override {
    std::vector<Round> rounds;
    rounds.reserve(numbers.size());
    for (const int64_t number : numbers) {
      Round round{number, {}};
      for (size_t table = 0; table < Dataset::Tables().size(); ++table) {
        std::string& row = round.rows.emplace_back();
        AppendJsonObject(Dataset::Tables()[table].columns, dataset_.At(table, number),
                         JsonStyle::kPython, &row);
      }
      rounds.push_back(std::move(round));
    }
    return rounds;
  }

 private:
  const Dataset& dataset_;
};

template <typename T>
bool ReadNumber(std::string_view text, T* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::unique_ptr<GeneratedSource>> GeneratedSource::Parse(std::string_view text) {
  const std::string_view whole = text;
  const auto wrong = [&](std::string_view why) {
    return Fail(ErrorKind::kInvalidArgument,
                "source {}: {}; write generated:[rows][?seed=number], e.g. generated:11000?seed=1",
                whole, why);
  };
  if (!text.starts_with("generated:")) return wrong("is not generated:");
  text.remove_prefix(10);
  int64_t rows = Dataset::kDefaultRows;
  uint64_t seed = 1;
  const auto question = text.find('?');
  const auto count = text.substr(0, question);
  if (!count.empty() && (!ReadNumber(count, &rows) || rows < 1)) {
    return wrong("the number of rows must be at least 1");
  }
  if (question != text.npos) {
    auto query = text.substr(question + 1);
    if (!query.starts_with("seed=")) return wrong("only seed= may follow the question mark");
    if (!ReadNumber(query.substr(5), &seed)) return wrong("the seed must be a number");
  }
  return std::make_unique<GeneratedSource>(rows, seed);
}

GeneratedSource::GeneratedSource(int64_t rows, uint64_t seed) : dataset_(rows, seed), seed_(seed) {
  for (const auto& table : Dataset::Tables()) suffixes_.push_back(table.topic_suffix);
}

Result<std::unique_ptr<RowReader>> GeneratedSource::NewReader(std::stop_token) {
  return std::make_unique<GeneratedReader>(dataset_);
}

std::string GeneratedSource::Describe() const {
  return fmt::format("generated:{}?seed={}", dataset_.rows(), seed_);
}

}  // namespace pinlake
