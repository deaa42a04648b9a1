// Whether an object that exists already is the one that was to be stored.
#pragma once

#include <string>

#include "lake/object_metadata.h"
#include "store/object_store.h"

namespace pinlake {

enum class Existing {
  kSame,      ///< the same records of the same cut: it counts as stored
  kOtherEnd,  ///< of a cut with the same start and another end: repeat the cut with that end
  kForeign,   ///< neither: never skip, never overwrite
};

struct ExistingVerdict {
  Existing what = Existing::kForeign;
  Offset end;       ///< kOtherEnd: where the existing object's cut ends
  std::string why;  ///< kForeign: what differs, naming both
};

/// Compares what was to be stored with the metadata of the object of that name.
ExistingVerdict JudgeExisting(const ObjectFacts& ours, const ObjectMetadata& theirs);

}  // namespace pinlake
