#include "sink/object_adoption.h"

#include <fmt/format.h>

#include <utility>

namespace pinlake {
namespace {

std::string Describe(const ObjectFacts& facts) {
  return fmt::format(
      "log {}, {}, cut [{}, {}), records {} to {}, {} of them, {} skipped, digest {}",
      facts.log_id.value(), ToString(facts.tp), facts.cut_start.value(), facts.cut_end.value(),
      facts.first.value(), facts.last.value(), facts.count, facts.skipped, facts.digest.ToHex());
}

ExistingVerdict Foreign(std::string_view what, const ObjectFacts& ours, const ObjectFacts& theirs) {
  return {
      Existing::kForeign,
      {},
      fmt::format("{}: it holds {}; ours would hold {}", what, Describe(theirs), Describe(ours))};
}

}  // namespace

ExistingVerdict JudgeExisting(const ObjectFacts& ours, const ObjectMetadata& theirs) {
  const auto parsed = ParseObjectMetadata(theirs);
  if (!parsed) {
    return {Existing::kForeign,
            {},
            fmt::format("{}; ours would hold {}", parsed.error().message(), Describe(ours))};
  }
  if (parsed->log_id != ours.log_id) {
    return Foreign("it is of another log, or of the topic before it was made again", ours, *parsed);
  }
  if (parsed->tp != ours.tp || parsed->cut_start != ours.cut_start) {
    return Foreign("it is of another cut", ours, *parsed);
  }
  if (parsed->cut_end != ours.cut_end) return {Existing::kOtherEnd, parsed->cut_end, {}};
  ObjectFacts same = *parsed;
  same.extra = ours.extra;
  if (!(same == ours)) return Foreign("its records differ", ours, *parsed);
  return {Existing::kSame, parsed->cut_end, {}};
}

}  // namespace pinlake
