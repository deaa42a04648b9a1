// Reads of a topic partition outside any group.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "log/event_log.h"
#include "log/kafka/handle.h"

namespace pinlake::kafka {

/// Keeps a stream open for each topic partition lately read, so that reads in a row do not seek.
/// Thread-safe; one topic partition is read by one thread at a time.
class Reader {
 public:
  static constexpr size_t kStreamsMax = 64;
  static Result<std::unique_ptr<Reader>> Open(const Properties& properties, TokenSource tokens);
  ~Reader();
  /// As EventLog::Read, without the check of bounds; an empty set with next == from says only that
  /// none came in time.
  Result<RecordSet> Read(const TopicPartition& tp, Offset from, size_t bytes_max, Millis wait,
                         std::stop_token stop);

 private:
  struct Stream;
  Reader() = default;
  Result<std::shared_ptr<Stream>> StreamAt(const TopicPartition& tp, Offset from);

  ClientContext context_;
  ClientPtr client_;
  std::mutex mutex_;
  std::map<TopicPartition, std::shared_ptr<Stream>> streams_;
  std::list<TopicPartition> by_use_;  // latest first
};

}  // namespace pinlake::kafka
