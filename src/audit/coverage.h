// Which offsets objects account for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/verify_report.h"
#include "lake/object_metadata.h"

namespace pinlake {

/// Offsets [from, to).
struct OffsetSpan {
  int64_t from = 0, to = 0;
  int64_t size() const { return to - from; }
  bool operator==(const OffsetSpan&) const = default;
};

/// A set of offsets that mostly grow at the end: neighbours are merged, so it stays small.
class Coverage {
 public:
  struct Overlap {
    OffsetSpan span;
    std::string key;  ///< of what covered it before
  };
  /// \return the first part of \p span that was covered before, if any.
  std::optional<Overlap> Add(OffsetSpan span, const std::string& key);
  /// What of \p within is not covered, in order.
  std::vector<OffsetSpan> Gaps(OffsetSpan within) const;
  std::optional<int64_t> first() const;

 private:
  struct Run {
    int64_t to = 0;
    std::string last_key;
  };
  std::map<int64_t, Run> runs_;  ///< by their first offset; neither touch nor overlap
};

/// A cut whose objects do not yet account for all of its offsets.
struct PartialCut {
  int64_t end = 0;
  int64_t records = 0;  ///< in its objects so far
  int64_t skipped = 0;
  std::string key;  ///< of its last object
};

/// Puts the objects of cuts together.
class CutBook {
 public:
  /// \return what is wrong with the object among the others of its cut, if anything. A cut whose
  /// records and skipped ones account for every offset goes to \p coverage.
  std::optional<Finding> Add(const ObjectFacts& facts, const std::string& key, Coverage* coverage);
  /// Cuts with fewer records than offsets, by their start.
  const std::map<int64_t, PartialCut>& partial() const { return partial_; }

 private:
  std::map<int64_t, PartialCut> partial_;
};

}  // namespace pinlake
