#include "delta/delta_snapshot.h"

#include <array>

namespace pinlake {
namespace {

constexpr std::string_view kTransactionRetention = "delta.setTransactionRetentionDuration";
/// What writer version 2 has, under the names of version 7.
constexpr std::array<std::string_view, 2> kWriterFeatures = {"appendOnly", "invariants"};

Status CheckReader(const DeltaProtocol& protocol) {
  const auto& features = protocol.reader_features;
  if (features && !features->empty())
    return Fail(ErrorKind::kUnsupported, "readers need the feature '{}', which this program lacks",
                features->front());
  if (protocol.reader_version == 1 || (protocol.reader_version == 3 && features)) return {};
  return Fail(ErrorKind::kUnsupported, "readers need version {} of the protocol, this is version 1",
              protocol.reader_version);
}

Status CheckWriter(const DeltaProtocol& protocol) {
  if (protocol.writer_version >= 1 && protocol.writer_version <= 2) return {};
  if (protocol.writer_version != 7 || !protocol.writer_features)
    return Fail(ErrorKind::kUnsupported,
                "writers need version {} of the protocol, this is version 2",
                protocol.writer_version);
  for (const std::string& feature : *protocol.writer_features)
    if (feature != kWriterFeatures[0] && feature != kWriterFeatures[1])
      return Fail(ErrorKind::kUnsupported,
                  "writers need the feature '{}', which this program lacks", feature);
  return {};
}

Status CheckMetadata(const DeltaMetadata& metadata) {
  const auto& properties = metadata.configuration;
  if (!properties.contains(std::string(kDeltaCreatedBy)))
    return Fail(ErrorKind::kUnsupported,
                "the table was not created by Pinlake (it lacks the property {}); it is read, not "
                "written",
                kDeltaCreatedBy);
  if (properties.contains(std::string(kTransactionRetention)))
    return Fail(ErrorKind::kUnsupported,
                "the table has the property {}: what was built would be forgotten and built again; "
                "remove the property",
                kTransactionRetention);
  if (metadata.schema.find("delta.invariants") != std::string::npos)
    return Fail(ErrorKind::kUnsupported,
                "a column has an invariant (delta.invariants), which this program does not check; "
                "use a quality rule instead");
  return {};
}

bool RemovesRows(const DeltaCommit& commit) {
  for (const DeltaRemove& remove : commit.removes)
    if (remove.data_change) return true;
  return false;
}

Status CheckAppendOnly(const DeltaMetadata& metadata, const DeltaCommit& commit) {
  const auto property = metadata.configuration.find("delta.appendOnly");
  if (property == metadata.configuration.end() || property->second != "true") return {};
  if (!RemovesRows(commit)) return {};
  return Fail(
      ErrorKind::kPermissionDenied,
      "the table is append-only (delta.appendOnly=true); rows can't be removed or replaced");
}

Status CheckTxns(const DeltaSnapshot& snapshot, const DeltaCommit& commit) {
  for (const DeltaTxn& txn : commit.txns) {
    const auto there = snapshot.txns.find(txn.app_id);
    if (there != snapshot.txns.end() && there->second.version >= txn.version)
      return Fail(ErrorKind::kAlreadyExists, "'{}' has committed {}, so {} is not committed again",
                  txn.app_id, there->second.version, txn.version);
  }
  return {};
}

Status ApplyFiles(const DeltaCommit& commit, DeltaSnapshot* snapshot) {
  for (const DeltaRemove& remove : commit.removes) {
    snapshot->files.erase(remove.path);
    snapshot->tombstones.insert_or_assign(remove.path, remove);
  }
  for (const DeltaAdd& add : commit.adds) {
    for (const DeltaRemove& remove : commit.removes)
      if (remove.path == add.path)
        return Fail(ErrorKind::kCorruption, "{} is added and removed in one commit", add.path);
    snapshot->tombstones.erase(add.path);
    snapshot->files.insert_or_assign(add.path, add);
  }
  return {};
}

}  // namespace

Status ApplyDeltaCommit(int64_t version, const DeltaCommit& commit, DeltaSnapshot* snapshot) {
  if (version != snapshot->version + 1)
    return Fail(ErrorKind::kCorruption, "version {} follows version {}", version,
                snapshot->version);
  if (version == 0 && !(commit.protocol && commit.metadata))
    return Fail(ErrorKind::kCorruption, "version 0 lacks {}",
                commit.protocol ? "metaData" : "protocol");
  if (commit.protocol) {
    RETURN_IF_ERROR(CheckReader(*commit.protocol));
    snapshot->protocol = *commit.protocol;
  }
  if (commit.metadata) snapshot->metadata = *commit.metadata;
  for (const DeltaTxn& txn : commit.txns) snapshot->txns.insert_or_assign(txn.app_id, txn);
  snapshot->version = version;
  return ApplyFiles(commit, snapshot);
}

Status CheckDeltaCommit(const DeltaSnapshot& snapshot, const DeltaCommit& commit) {
  if (!snapshot.exists() && !(commit.protocol && commit.metadata))
    return Fail(ErrorKind::kInvalidArgument,
                "a table's first commit needs protocol and metaData, else there is no table");
  // What the table is, and what it would become.
  if (snapshot.exists()) {
    RETURN_IF_ERROR(CheckWriter(snapshot.protocol));
    RETURN_IF_ERROR(CheckMetadata(snapshot.metadata));
    RETURN_IF_ERROR(CheckAppendOnly(snapshot.metadata, commit));
  }
  if (commit.protocol) {
    RETURN_IF_ERROR(CheckReader(*commit.protocol));
    RETURN_IF_ERROR(CheckWriter(*commit.protocol));
  }
  if (commit.metadata) RETURN_IF_ERROR(CheckMetadata(*commit.metadata));
  return CheckTxns(snapshot, commit);
}

}  // namespace pinlake
