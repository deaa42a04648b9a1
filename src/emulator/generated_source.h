// The generated data set as a source of rows.
#pragma once

#include "emulator/dataset.h"
#include "emulator/row_source.h"

namespace pinlake {

class GeneratedSource final : public RowSource {
 public:
  /// Parses `generated:[rows][?seed=N]`: "generated:", "generated:1000000?seed=7".
  /// kInvalidArgument.
  static Result<std::unique_ptr<GeneratedSource>> Parse(std::string_view text);

  GeneratedSource(int64_t rows, uint64_t seed);
  const std::vector<std::string>& topic_suffixes() const override { return suffixes_; }
  int64_t first_number() const override { return 0; }
  int64_t last_number() const override { return dataset_.rows() - 1; }
  Result<std::unique_ptr<RowReader>> NewReader(std::stop_token stop) override;
  std::string Describe() const override;

 private:
  Dataset dataset_;
  uint64_t seed_;
  std::vector<std::string> suffixes_;
};

}  // namespace pinlake
