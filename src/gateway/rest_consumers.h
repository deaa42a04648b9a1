// All consumer instances of a gateway: found by name, one thing at a time each, ended when unused.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/task_pool.h"
#include "gateway/gateway_options.h"
#include "gateway/rest_consumer.h"
#include "protocol/rest_v2_consumers.h"

namespace pinlake {

/// What is fixed when an instance is made.
struct RestConsumerInfo {
  RestV2Body format = RestV2Body::kBinary;
  Millis request_timeout{};
  int64_t fetch_bytes_min = -1;
};

/// What is to be done with an instance, on a thread that may block; \p consumer is null if it has
/// ended meanwhile. \return none: done; else when to call again, other work may come between.
using RestConsumerJob = std::function<std::optional<Millis>(RestConsumer* consumer)>;

/// Thread-safe; its calls do not block. Jobs of an instance run one at a time, on a pool of
/// threads. While a read waits, other jobs of its instance run; reads run one after the other.
/// Without instances no thread does anything.
class RestConsumers {
 public:
  /// How often instances are looked after: expiry, membership, auto commit.
  static constexpr Millis kServiceEvery{1000};

  RestConsumers(EventLog& log, Clock& clock, const GatewayOptions& options);
  /// \see Stop
  ~RestConsumers() { Stop(Millis(0)); }
  RestConsumers(const RestConsumers&) = delete;

  /// A new instance; the log is not asked for anything. kAlreadyExists; kThrottled: there are
  /// `consumer.instances.max`; kCancelled: stopped.
  Status Create(const GroupName& group, const std::string& name, const ConsumerV2& given);
  /// Renews an instance. None: there is none of this name, or no more.
  std::optional<RestConsumerInfo> Find(const GroupName& group, const std::string& name);
  /// False: there is no such instance; \p job was not called.
  bool Do(const GroupName& group, const std::string& name, RestConsumerJob job);
  bool Read(const GroupName& group, const std::string& name, RestConsumerJob job);
  /// Ends an instance; its name is free at once. \p done is called when it has left its group.
  bool Remove(const GroupName& group, const std::string& name, std::function<void()> done);

  size_t instances() const;
  /// Ends all instances: commits, leaves their groups, for at most \p deadline; then waits for what
  /// has begun. Idempotent.
  void Stop(Millis deadline);

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;
  using Key = std::pair<GroupName, std::string>;

  EntryPtr FindEntry(const GroupName& group, const std::string& name);
  void Submit(const EntryPtr& entry, RestConsumerJob job, bool read);
  void Kick(const EntryPtr& entry);
  void Run(const EntryPtr& entry);
  void End(const EntryPtr& entry, std::function<void()> done);
  void Sweep();
  void PostSweep();

  EventLog& log_;
  Clock& clock_;
  const GatewayOptions& options_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::map<Key, EntryPtr> entries_;
  size_t ending_ = 0;
  bool sweeping_ = false;
  bool stopped_ = false;
  TaskPool pool_;  // last: its threads use the rest
};

}  // namespace pinlake
