// What a version of a Delta table says: the actions of one commit.
// Format: the Delta transaction log protocol, reader version 1, writer version 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pinlake {

/// Features are there from reader version 3 and writer version 7 on only; the versions before have
/// none (not an empty list).
struct DeltaProtocol {
  int64_t reader_version = 1;
  int64_t writer_version = 2;
  std::optional<std::vector<std::string>> reader_features;
  std::optional<std::vector<std::string>> writer_features;
  bool operator==(const DeltaProtocol&) const = default;
};

struct DeltaMetadata {
  std::string id;  ///< a UUID: the table's identity
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string schema;  ///< JSON; \see delta_schema.h
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;  ///< table properties
  std::optional<int64_t> created_ms;
  bool operator==(const DeltaMetadata&) const = default;
};

/// Column to its value's text; none is null.
using DeltaPartitionValues = std::map<std::string, std::optional<std::string>>;

struct DeltaAdd {
  std::string path;  ///< as in the log: relative to the table, percent-encoded
  DeltaPartitionValues partition_values;
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;
  bool data_change = true;           ///< false: the same rows in other files
  std::optional<std::string> stats;  ///< JSON: numRecords, minValues, maxValues, nullCount
  DeltaPartitionValues tags;
  bool operator==(const DeltaAdd&) const = default;
};

struct DeltaRemove {
  std::string path;
  std::optional<int64_t> deleted_ms;
  bool data_change = true;
  std::optional<DeltaPartitionValues> partition_values;
  std::optional<int64_t> size_bytes;
  bool operator==(const DeltaRemove&) const = default;
};

/// How far an application came, told in the same commit as what it wrote.
struct DeltaTxn {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> updated_ms;
  bool operator==(const DeltaTxn&) const = default;
};

/// For people and for recognising one's own commit. Others write what they like; what isn't of the
/// expected type is left out.
struct DeltaCommitInfo {
  std::optional<int64_t> timestamp_ms;
  std::string operation;             ///< "WRITE", "OPTIMIZE", ...
  std::string operation_parameters;  ///< a JSON object, or empty
  std::string engine_info;
  std::string txn_id;  ///< one for each attempt to change the table
  std::optional<bool> blind_append;
  bool operator==(const DeltaCommitInfo&) const = default;
};

struct DeltaCommit {
  std::optional<DeltaCommitInfo> info;
  std::optional<DeltaProtocol> protocol;
  std::optional<DeltaMetadata> metadata;
  std::vector<DeltaTxn> txns;
  std::vector<DeltaRemove> removes;
  std::vector<DeltaAdd> adds;
  /// Names of actions that this program does not know, each once; never rendered.
  std::vector<std::string> unknown;
  bool operator==(const DeltaCommit&) const = default;
};

}  // namespace pinlake
