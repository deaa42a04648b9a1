// Audits one topic partition while its objects come by in the order of their keys.
#pragma once

#include <optional>
#include <string>

#include "audit/coverage.h"
#include "audit/log_reader.h"
#include "audit/verify_report.h"
#include "lake/cut_record.h"
#include "lake/object_key.h"
#include "store/object_store.h"

namespace pinlake {

struct AuditContext {
  LogReader& reader;
  ObjectStore& store;
  bool deep = false;
  std::stop_token stop;
};

/// What the log says of a topic partition, read before its objects are listed.
struct AuditedPartition {
  TopicPartition tp;
  LogId log_id;
  OffsetRange log;
  std::optional<CommittedOffset> committed;
  Offset since;  ///< records before it are left aside
};

/// Not thread-safe.
class PartitionAudit {
 public:
  /// kUnsupported, kCorruption: the committed offset's metadata can't be read.
  static Result<PartitionAudit> Make(const AuditContext& context, AuditedPartition partition);

  /// Whether an object whose successor begins at \p next_first can matter at all.
  bool Matters(Offset next_first) const { return next_first > partition_.since; }
  Status OnObject(const ObjectName& name, const ObjectInfo& info);
  void OnUnknownObject(const ObjectKey& key);
  Result<PartitionReport> Finish();

 private:
  /// An object of the original: it ends where the next one begins.
  struct Bare {
    std::string key;
    int64_t first = 0, lines = 0;
  };
  PartitionAudit(const AuditContext& context, AuditedPartition partition)
      : context_(context), partition_(std::move(partition)) {}

  Status ReadCommitted();
  Status OnFacts(const std::string& key, const ObjectInfo& info, const ObjectFacts& facts);
  bool IsOurs(const std::string& key, const ObjectName& name, const ObjectFacts& facts);
  Status OnBare(const std::string& key, const ObjectName& name, const ObjectInfo& info);
  Status CloseBare(int64_t next);
  Result<int64_t> CountLines(const ObjectInfo& info);
  Status Compare(const std::string& key, const ObjectFacts& facts);
  Status CompareContents(const std::string& key, const std::string& lines);
  Status CheckPartialCuts();
  Status CheckGaps();

  AuditContext context_;
  AuditedPartition partition_;
  std::optional<CutRecord> record_;
  int64_t committed_ = 0;
  int64_t in_flight_from_ = 0;
  Coverage coverage_;
  CutBook cuts_;
  std::optional<Bare> bare_;
  PartitionReport report_;
};

}  // namespace pinlake
