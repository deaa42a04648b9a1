#include "audit/coverage.h"

#include <algorithm>

#include "base/result.h"

namespace pinlake {

std::optional<Coverage::Overlap> Coverage::Add(OffsetSpan span, const std::string& key) {
  if (span.size() <= 0) return {};
  std::optional<Overlap> overlap;
  auto it = runs_.upper_bound(span.from);
  if (it != runs_.begin() && std::prev(it)->second.to >= span.from) --it;
  Run merged{span.to, key};
  int64_t from = span.from;
  while (it != runs_.end() && it->first <= span.to) {
    const OffsetSpan both{std::max(it->first, span.from), std::min(it->second.to, span.to)};
    if (!overlap && both.size() > 0) overlap = Overlap{both, it->second.last_key};
    from = std::min(from, it->first);
    if (it->second.to > merged.to) merged = it->second;
    it = runs_.erase(it);
  }
  runs_.emplace(from, std::move(merged));
  return overlap;
}

std::vector<OffsetSpan> Coverage::Gaps(OffsetSpan within) const {
  std::vector<OffsetSpan> gaps;
  int64_t at = within.from;
  for (const auto& [from, run] : runs_) {
    if (run.to <= at) continue;
    if (from >= within.to) break;
    if (from > at) gaps.push_back({at, from});
    at = run.to;
  }
  if (at < within.to) gaps.push_back({at, within.to});
  return gaps;
}

std::optional<int64_t> Coverage::first() const {
  if (runs_.empty()) return std::nullopt;
  return runs_.begin()->first;
}

std::optional<Finding> CutBook::Add(const ObjectFacts& facts, const std::string& key,
                                    Coverage* coverage) {
  const OffsetSpan span{facts.cut_start.value(), facts.cut_end.value()};
  auto it = partial_.find(span.from);
  if (it == partial_.end()) {
    it = partial_.emplace(span.from, PartialCut{span.to, 0, facts.skipped, key}).first;
  } else if (it->second.end != span.to || it->second.skipped != facts.skipped) {
    return Finding{FindingKind::kMetadata,
                   fmt::format("{} says cut {}..{} with {} skipped, {} says {}..{} with {}", key,
                               span.from, span.to, facts.skipped, it->second.key, span.from,
                               it->second.end, it->second.skipped)};
  }
  PartialCut& cut = it->second;
  cut.records += facts.count;
  cut.key = key;
  if (cut.records + cut.skipped < span.size()) return {};
  const bool too_many = cut.records + cut.skipped > span.size();
  partial_.erase(it);
  if (const auto overlap = coverage->Add(span, key))
    return Finding{FindingKind::kDouble,
                   fmt::format("offsets {}..{} of {} are in another object too: {}",
                               overlap->span.from, overlap->span.to - 1, key, overlap->key)};
  if (!too_many) return {};
  return Finding{FindingKind::kCount, fmt::format("{}: cut {}..{} has more records than offsets",
                                                  key, span.from, span.to)};
}

}  // namespace pinlake
