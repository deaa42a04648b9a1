#include "delta/delta_conflict.h"

#include <set>
#include <string_view>

namespace pinlake {
namespace {

Status CheckTxns(const DeltaCommit& ours, const DeltaCommit& theirs, std::string_view who) {
  for (const DeltaTxn& own : ours.txns) {
    for (const DeltaTxn& other : theirs.txns) {
      if (own.app_id != other.app_id) continue;
      if (other.version >= own.version)
        return Fail(ErrorKind::kAlreadyExists, "{} has committed {} of '{}'", who, other.version,
                    own.app_id);
      return Fail(ErrorKind::kConflict, "{} has committed {} of '{}', which {} should follow", who,
                  other.version, own.app_id, own.version);
    }
  }
  return {};
}

Status CheckFiles(const DeltaCommit& ours, const DeltaCommit& theirs, std::string_view who) {
  std::set<std::string_view> own;
  for (const DeltaRemove& remove : ours.removes) own.insert(remove.path);
  for (const DeltaRemove& remove : theirs.removes)
    if (own.contains(remove.path))
      return Fail(ErrorKind::kConflict, "{} has removed {}, too", who, remove.path);
  return {};
}

bool ChangesRows(const DeltaCommit& commit) {
  for (const DeltaAdd& add : commit.adds)
    if (add.data_change) return true;
  for (const DeltaRemove& remove : commit.removes)
    if (remove.data_change) return true;
  return false;
}

}  // namespace

Status CheckDeltaConflict(const DeltaIntent& ours, int64_t version, const DeltaCommit& theirs) {
  const std::string who = theirs.info && !theirs.info->engine_info.empty()
                              ? fmt::format("version {} by {}", version, theirs.info->engine_info)
                              : fmt::format("version {}", version);
  RETURN_IF_ERROR(CheckTxns(ours.commit, theirs, who));
  if (theirs.protocol) return Fail(ErrorKind::kConflict, "{} has set the protocol", who);
  if (theirs.metadata)
    return Fail(ErrorKind::kConflict, "{} has changed columns or properties", who);
  if (!theirs.unknown.empty())
    return Fail(ErrorKind::kConflict, "{} has done what this program does not know ({})", who,
                theirs.unknown.front());
  RETURN_IF_ERROR(CheckFiles(ours.commit, theirs, who));
  if (ours.read_rows && ChangesRows(theirs))
    return Fail(ErrorKind::kConflict, "{} has added or removed rows", who);
  return {};
}

}  // namespace pinlake
