// SQL over the raw objects of a store.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "duck/duck.h"
#include "lake/object_key.h"
#include "query/raw_names.h"
#include "store/object_store.h"

namespace pinlake {

struct RawQueryOptions {
  ObjectNaming naming;
  uint64_t memory_bytes_max = uint64_t{512} << 20;
  /// Gets a directory of our own, removed again. Made if absent.
  Path temp_directory;
  int threads = 0;  ///< 0: one per core
};

/// The topics that some statements mention, loaded as tables of the schema `raw`: `raw.pin` for the
/// topic `129a67850695.pin`, or the whole name, `raw."129a67850695.pin"`. Objects are read through
/// the store in the order of their keys. Statements can read these tables and nothing else: no
/// file, no network, no extension, no setting. One caller at a time.
class RawQuery {
 public:
  /// Reads what \p statements mention. kNotFound: the store has no raw objects at all.
  /// kInvalidArgument: a short name that several topics share. What SpillTopic says; what Duck
  /// says.
  static Result<std::unique_ptr<RawQuery>> Prepare(const RawQueryOptions& options,
                                                   ObjectStore& store,
                                                   std::span<const std::string> statements,
                                                   std::stop_token stop);
  ~RawQuery();

  /// Runs one statement, which was among those of Prepare. Errors as Duck::Stream.
  Status Run(std::string_view statement, DuckRowSink& sink, std::stop_token stop);

 private:
  class TempDirectory;
  RawQuery(std::unique_ptr<TempDirectory> temp, std::unique_ptr<Duck> duck, std::string names);
  Status LoadTopic(ObjectStore& store, const ObjectNaming& naming, const TopicName& topic,
                   std::stop_token stop);

  std::unique_ptr<TempDirectory> temp_;  // destroyed after duck_, which spills into it
  std::unique_ptr<Duck> duck_;
  const std::string names_;
};

}  // namespace pinlake
