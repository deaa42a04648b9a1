#include "audit/verify_report.h"

#include <algorithm>

#include "codec/json.h"

namespace pinlake {
namespace {

struct KindRow {
  FindingKind kind;
  std::string_view name;
  bool damage;
};
constexpr KindRow kKinds[] = {
    {FindingKind::kGap, "gap", true},
    {FindingKind::kDouble, "double", true},
    {FindingKind::kCount, "count", true},
    {FindingKind::kDigest, "digest", true},
    {FindingKind::kContents, "contents", true},
    {FindingKind::kMetadata, "metadata", true},
    {FindingKind::kWrongLog, "wrong_log", true},
    {FindingKind::kLost, "lost", true},
    {FindingKind::kUnknownObject, "unknown_object", false},
    {FindingKind::kUncheckable, "uncheckable", false},
};

std::string Verdict(const PartitionReport& report) {
  if (report.damage > 0) return fmt::format("{} damaged", report.damage);
  if (!report.committed_any) return "nothing committed";
  return "complete";
}

void AppendNumbers(const PartitionReport& report, JsonWriter* json) {
  json->Key("objects").Int(report.objects).Key("records").Int(report.records);
  json->Key("skipped").Int(report.skipped).Key("bytes").Int(report.bytes);
  json->Key("objects_in_flight").Int(report.objects_in_flight);
  json->Key("records_in_flight").Int(report.records_in_flight);
  json->Key("objects_without_metadata").Int(report.objects_without_metadata);
  json->Key("objects_compared").Int(report.objects_compared);
  json->Key("damage").Int(report.damage).Key("notes").Int(report.notes);
}

void AppendPartition(const PartitionReport& report, JsonWriter* json) {
  json->BeginObject();
  json->Key("topic").String(report.tp.topic.value());
  json->Key("partition").Int(report.tp.partition.value());
  json->Key("log_start").Int(report.log.low.value()).Key("log_end").Int(report.log.end.value());
  json->Key("committed");
  report.committed_any ? json->Int(report.committed.value()) : json->Null();
  json->Key("start");
  report.committed_any ? json->Int(report.start.value()) : json->Null();
  AppendNumbers(report, json);
  json->Key("findings").BeginArray();
  for (const Finding& finding : report.findings)
    json->BeginObject()
        .Key("kind")
        .String(Name(finding.kind))
        .Key("damage")
        .Bool(IsDamage(finding.kind))
        .Key("what")
        .String(finding.what)
        .EndObject();
  json->EndArray().EndObject();
}

std::string Row(const PartitionReport& report, const std::string& name, size_t width,
                const std::string& from, const std::string& to, const std::string& verdict) {
  return fmt::format("{:<{}}  {:>12}  {:>12}  {:>9}  {:>12}  {:>9}  {:>9}{}{}\n", name, width, from,
                     to, report.objects, report.records, report.skipped, report.objects_in_flight,
                     verdict.empty() ? "" : "  ", verdict);
}

bool HasGap(const VerifyReport& report) {
  for (const PartitionReport& each : report.partitions)
    for (const Finding& finding : each.findings)
      if (finding.kind == FindingKind::kGap) return true;
  return false;
}

}  // namespace

std::string_view Name(FindingKind kind) { return kKinds[static_cast<size_t>(kind)].name; }
bool IsDamage(FindingKind kind) { return kKinds[static_cast<size_t>(kind)].damage; }

void PartitionReport::Add(FindingKind kind, std::string what) {
  ++(IsDamage(kind) ? damage : notes);
  if (findings.size() < kFindingsKept) findings.push_back({kind, std::move(what)});
}

bool VerifyReport::clean() const {
  return std::none_of(partitions.begin(), partitions.end(),
                      [](const PartitionReport& report) { return report.damage > 0; });
}

PartitionReport VerifyReport::Totals() const {
  PartitionReport sum;
  for (const PartitionReport& report : partitions) {
    sum.committed_any |= report.committed_any;
    sum.objects += report.objects;
    sum.records += report.records;
    sum.bytes += report.bytes;
    sum.skipped += report.skipped;
    sum.objects_in_flight += report.objects_in_flight;
    sum.records_in_flight += report.records_in_flight;
    sum.objects_without_metadata += report.objects_without_metadata;
    sum.objects_compared += report.objects_compared;
    sum.damage += report.damage;
    sum.notes += report.notes;
  }
  return sum;
}

std::string RenderText(const VerifyReport& report) {
  size_t width = 15;
  for (const auto& each : report.partitions) width = std::max(width, ToString(each.tp).size());
  std::string text = fmt::format("{:<{}}  {:>12}  {:>12}  {:>9}  {:>12}  {:>9}  {:>9}  {}\n",
                                 "topic partition", width, "from", "committed", "objects",
                                 "records", "skipped", "in flight", "verdict");
  const auto offset = [](const PartitionReport& each, Offset at) {
    return each.committed_any ? fmt::format("{}", at.value()) : std::string("-");
  };
  for (const auto& each : report.partitions)
    text += Row(each, ToString(each.tp), width, offset(each, each.start),
                offset(each, each.committed), Verdict(each));
  const PartitionReport sum = report.Totals();
  text += Row(sum, "total", width, "", "", sum.damage > 0 ? Verdict(sum) : "");
  for (const auto& each : report.partitions)
    for (const Finding& finding : each.findings)
      text += fmt::format("{}: {}: {}: {}\n", IsDamage(finding.kind) ? "damage" : "note",
                          ToString(each.tp), Name(finding.kind), finding.what);
  if (HasGap(report)) {
    text +=
        "Only names as configured now are looked at: if topics.dir or another part of names was "
        "changed,\nverify with the names of before, or what came since with --since.\n";
  }
  if (!report.clean()) return text + "Not every committed record is in exactly one object.\n";
  return text + "Every committed record is in exactly one object or counted as skipped.\n";
}

std::string RenderJson(const VerifyReport& report) {
  JsonWriter json;
  json.BeginObject().Key("clean").Bool(report.clean());
  AppendNumbers(report.Totals(), &json);
  json.Key("partitions").BeginArray();
  for (const auto& each : report.partitions) AppendPartition(each, &json);
  json.EndArray().EndObject();
  return json.Take() + "\n";
}

}  // namespace pinlake
