// The columns of JSON values, found over all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"

namespace pinlake {

struct RawColumn {
  std::string name;
  std::string type;  ///< in DuckDB's SQL
  bool operator==(const RawColumn&) const = default;
};

/// What values at one place look like. Pure: the same values in the same order give the same
/// columns.
///
/// Texts stay texts, whatever they look like. Whole numbers are BIGINT, HUGEINT where one needs it,
/// DOUBLE beside fractions. A place that is always null is VARCHAR, one with several kinds of
/// values is JSON; so are objects nested deeper than 16, with more than 1,000 members, or with
/// names that differ only in case.
class JsonShape {
 public:
  JsonShape();
  ~JsonShape();
  JsonShape(JsonShape&&) noexcept;
  JsonShape& operator=(JsonShape&&) noexcept;

  void Add(JsonValue value) { Add(value, 0); }
  /// The members of the objects, in order of their first appearance. None: the values are not all
  /// objects whose members can be columns.
  std::vector<RawColumn> Columns() const;
  std::string Type() const;

 private:
  struct Member;
  void Add(JsonValue value, int depth);
  void AddNumber(std::string_view text);
  JsonShape& MemberShape(std::string_view name);
  std::string StructType() const;

  bool text_ = false, boolean_ = false, whole_ = false, huge_ = false, real_ = false;
  bool object_ = false, array_ = false, opaque_ = false;
  std::vector<Member> members_;
  std::unique_ptr<JsonShape> element_;
};

}  // namespace pinlake
