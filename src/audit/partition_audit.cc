#include "audit/partition_audit.h"

#include <algorithm>

namespace pinlake {
namespace {

constexpr uint64_t kGetBytes = 8 << 20;
constexpr size_t kGapsExamined = 1000;

/// The line, from 1, of the first difference.
int64_t DifferentLine(const std::string& a, const std::string& b) {
  const size_t common = std::min(a.size(), b.size());
  const auto at =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
  return std::count(a.begin(), at.first, '\n') + 1;
}

}  // namespace

Result<PartitionAudit> PartitionAudit::Make(const AuditContext& context,
                                            AuditedPartition partition) {
  PartitionAudit audit(context, std::move(partition));
  RETURN_IF_ERROR(audit.ReadCommitted());
  return audit;
}

Status PartitionAudit::ReadCommitted() {
  report_.tp = partition_.tp;
  report_.log = partition_.log;
  if (!partition_.committed) return {};
  report_.committed_any = true;
  report_.committed = partition_.committed->offset;
  committed_ = in_flight_from_ = report_.committed.value();
  auto record = ParseCutRecord(partition_.committed->metadata);
  if (!record) return Fail(std::move(record).error().In(ToString(partition_.tp)));
  record_ = *std::move(record);
  if (partition_.log.end < report_.committed)
    report_.Add(FindingKind::kWrongLog, fmt::format("committed offset {} is past the log's end {}",
                                                    committed_, partition_.log.end.value()));
  if (report_.committed < partition_.log.low)
    report_.Add(FindingKind::kLost,
                fmt::format("retention took offsets {}..{} before they were stored", committed_,
                            partition_.log.low.value() - 1));
  if (!record_) return {};
  if (record_->log_id != partition_.log_id)
    report_.Add(FindingKind::kWrongLog,
                fmt::format("the offset was committed for log {}, the topic is {}",
                            record_->log_id.value(), partition_.log_id.value()));
  if (!record_->skipped) return {};
  in_flight_from_ = record_->skipped->from.value();
  coverage_.Add({in_flight_from_, committed_}, "the committed offset");
  report_.skipped += record_->skipped->count;
  return {};
}

void PartitionAudit::OnUnknownObject(const ObjectKey& key) {
  report_.Add(FindingKind::kUnknownObject, key.value());
}

Status PartitionAudit::OnObject(const ObjectName& name, const ObjectInfo& info) {
  if (name.kind != ObjectKind::kValue) return {};
  const std::string& key = info.key.value();
  if (!HasObjectFacts(info.metadata)) return OnBare(key, name, info);
  const auto facts = ParseObjectMetadata(info.metadata);
  RETURN_IF_ERROR(CloseBare(facts ? facts->cut_start.value() : name.first.value()));
  if (!facts) {
    report_.Add(FindingKind::kMetadata, fmt::format("{}: {}", key, facts.error().message()));
    return {};
  }
  return IsOurs(key, name, *facts) ? OnFacts(key, info, *facts) : Status{};
}

bool PartitionAudit::IsOurs(const std::string& key, const ObjectName& name,
                            const ObjectFacts& facts) {
  if (facts.tp != name.tp || facts.first != name.first) {
    report_.Add(FindingKind::kMetadata, fmt::format("{} says it begins at offset {} of {}", key,
                                                    facts.first.value(), ToString(facts.tp)));
    return false;
  }
  if (facts.log_id == partition_.log_id) return true;
  report_.Add(FindingKind::kWrongLog, fmt::format("{} is of log {}, the topic is {}", key,
                                                  facts.log_id.value(), partition_.log_id.value()));
  return false;
}

Status PartitionAudit::OnFacts(const std::string& key, const ObjectInfo& info,
                               const ObjectFacts& facts) {
  if (!report_.committed_any || facts.cut_end.value() > committed_) {
    if (report_.committed_any && facts.cut_start.value() < in_flight_from_)
      report_.Add(FindingKind::kDouble,
                  fmt::format("{}: its cut {}..{} goes past the committed offset {}", key,
                              facts.cut_start.value(), facts.cut_end.value(), committed_));
    ++report_.objects_in_flight;
    report_.records_in_flight += facts.count;
    return {};
  }
  if (facts.cut_end <= partition_.since) return {};
  if (!cuts_.partial().contains(facts.cut_start.value())) report_.skipped += facts.skipped;
  ++report_.objects;
  report_.records += facts.count;
  report_.bytes += static_cast<int64_t>(info.size);
  if (auto finding = cuts_.Add(facts, key, &coverage_))
    report_.Add(finding->kind, std::move(finding->what));
  return context_.deep ? Compare(key, facts) : Status{};
}

Status PartitionAudit::Compare(const std::string& key, const ObjectFacts& facts) {
  if (facts.first < partition_.log.low) return {};
  const OffsetSpan span{facts.first.value(), facts.last.value() + 1};
  ASSIGN_OR_RETURN(const SpanContents log,
                   context_.reader.Read(partition_.tp, span, true, context_.stop));
  if (!log.whole) return {};
  ++report_.objects_compared;
  if (log.stored != facts.count)
    report_.Add(FindingKind::kCount,
                fmt::format("{} says {} records, the log has {} in {}..{}", key, facts.count,
                            log.stored, span.from, span.to - 1));
  else if (log.digest != facts.digest)
    report_.Add(FindingKind::kDigest,
                fmt::format("{} says digest {}, its records in the log give {}", key,
                            facts.digest.ToHex(), log.digest.ToHex()));
  else
    return CompareContents(key, log.lines);
  return {};
}

Status PartitionAudit::CompareContents(const std::string& key, const std::string& lines) {
  const auto body = context_.store.Get(ObjectKey(key));
  if (!body) return Fail(body.error().In("read " + key));
  if (*body != lines)
    report_.Add(FindingKind::kContents,
                fmt::format("{} differs from what its records give in line {} ({} bytes, not {})",
                            key, DifferentLine(*body, lines), body->size(), lines.size()));
  return {};
}

Status PartitionAudit::OnBare(const std::string& key, const ObjectName& name,
                              const ObjectInfo& info) {
  RETURN_IF_ERROR(CloseBare(name.first.value()));
  if (!report_.committed_any || name.first.value() >= committed_) {
    ++report_.objects_in_flight;
    return {};
  }
  const auto lines = CountLines(info);
  if (!lines) return Fail(lines.error().In("read " + key));
  ++report_.objects;
  ++report_.objects_without_metadata;
  report_.records += *lines;
  report_.bytes += static_cast<int64_t>(info.size);
  bare_ = Bare{key, name.first.value(), *lines};
  return {};
}

Result<int64_t> PartitionAudit::CountLines(const ObjectInfo& info) {
  int64_t lines = 0;
  for (uint64_t at = 0; at < info.size; at += kGetBytes) {
    if (context_.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "asked to stop");
    ASSIGN_OR_RETURN(const std::string part, context_.store.Get(info.key, at, kGetBytes));
    lines += std::count(part.begin(), part.end(), '\n');
  }
  return lines;
}

/// The object of the original that came last goes on to \p next at most: records in between that
/// are in no object were left out by the original.
Status PartitionAudit::CloseBare(int64_t next) {
  if (!bare_) return {};
  const Bare bare = *std::move(bare_);
  bare_.reset();
  const OffsetSpan span{bare.first, std::min(next, committed_)};
  int64_t covered_to = span.to;
  if (bare.lines > span.size()) {
    report_.Add(FindingKind::kDouble,
                fmt::format("{} has {} lines, but the next object begins {} offsets later",
                            bare.key, bare.lines, span.size()));
  } else if (bare.lines < span.size() && bare.first >= partition_.log.low.value()) {
    ASSIGN_OR_RETURN(const SpanContents log,
                     context_.reader.Read(partition_.tp, span, false, context_.stop));
    if (log.stored > bare.lines) covered_to = span.from + bare.lines;
    if (log.whole && log.stored < bare.lines)
      report_.Add(FindingKind::kCount,
                  fmt::format("{} has {} lines, the log {} records in {}..{}", bare.key, bare.lines,
                              log.stored, span.from, span.to - 1));
    if (log.stored == bare.lines) report_.skipped += log.records - log.stored;
  }
  if (const auto overlap = coverage_.Add({span.from, covered_to}, bare.key))
    report_.Add(FindingKind::kDouble,
                fmt::format("offsets {}..{} of {} are in another object too: {}",
                            overlap->span.from, overlap->span.to - 1, bare.key, overlap->key));
  return {};
}

/// Cuts with fewer records than offsets: right if the log's offsets skip there.
Status PartitionAudit::CheckPartialCuts() {
  for (const auto& [start, cut] : cuts_.partial()) {
    const OffsetSpan span{start, cut.end};
    if (start < partition_.log.low.value()) {
      report_.Add(
          FindingKind::kUncheckable,
          fmt::format("{}: cut {}..{} begins before the log does", cut.key, start, cut.end));
    } else {
      ASSIGN_OR_RETURN(const SpanContents log,
                       context_.reader.Read(partition_.tp, span, false, context_.stop));
      if (log.whole && log.records != cut.records + cut.skipped)
        report_.Add(FindingKind::kCount,
                    fmt::format("{}: cut {}..{} has {} records and {} skipped, the log {}", cut.key,
                                start, cut.end, cut.records, cut.skipped, log.records));
    }
    if (const auto overlap = coverage_.Add(span, cut.key))
      report_.Add(FindingKind::kDouble,
                  fmt::format("offsets {}..{} of {} are in another object too: {}",
                              overlap->span.from, overlap->span.to - 1, cut.key, overlap->key));
  }
  return {};
}

Status PartitionAudit::CheckGaps() {
  const int64_t from = std::max(report_.start.value(), partition_.log.low.value());
  size_t examined = 0;
  for (const OffsetSpan& gap : coverage_.Gaps({from, committed_})) {
    if (++examined <= kGapsExamined) {
      ASSIGN_OR_RETURN(const bool any,
                       context_.reader.AnyRecord(partition_.tp, gap, context_.stop));
      if (!any) continue;
    }
    report_.Add(FindingKind::kGap,
                fmt::format("offsets {}..{} are in no object", gap.from, gap.to - 1));
  }
  return {};
}

Result<PartitionReport> PartitionAudit::Finish() {
  RETURN_IF_ERROR(CloseBare(committed_));
  if (!report_.committed_any) return std::move(report_);
  RETURN_IF_ERROR(CheckPartialCuts());
  // The original does not say where it began: its first object does.
  const Offset began = record_ ? record_->start : Offset(coverage_.first().value_or(committed_));
  report_.start = std::min(std::max(began, partition_.since), report_.committed);
  RETURN_IF_ERROR(CheckGaps());
  return std::move(report_);
}

}  // namespace pinlake
