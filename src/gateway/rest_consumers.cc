#include "gateway/rest_consumers.h"

#include <deque>
#include <vector>

#include "observe/log.h"

namespace pinlake {

struct RestConsumers::Entry {
  Entry(EventLog& log, Clock& clock, RestConsumerSettings settings)
      : consumer(log, clock, std::move(settings)) {}

  RestConsumerInfo info;
  RestConsumer consumer;  // of the job that runs
  std::mutex mutex;       // what follows
  std::deque<RestConsumerJob> jobs, reads;
  Micros read_due{};
  Micros used_at{};
  bool running = false;
  bool member = false;
  bool ended = false;
};

RestConsumers::RestConsumers(EventLog& log, Clock& clock, const GatewayOptions& options)
    : log_(log),
      clock_(clock),
      options_(options),
      pool_(static_cast<size_t>(options.consumer_threads)) {}

Status RestConsumers::Create(const GroupName& group, const std::string& name,
                             const ConsumerV2& given) {
  RestConsumerSettings settings{.group = group};
  if (given.reset == "earliest") settings.reset = OffsetReset::kEarliest;
  if (given.reset == "none") settings.reset = OffsetReset::kNone;
  settings.poll_records_max = options_.consumer_poll_records;
  settings.auto_commit = given.auto_commit.value_or(true);
  auto entry = std::make_shared<Entry>(log_, clock_, std::move(settings));
  entry->info = {.format = given.format,
                 .request_timeout = given.request_timeout.value_or(options_.consumer_wait),
                 .fetch_bytes_min = given.fetch_bytes_min.value_or(options_.consumer_fetch_min)};
  entry->used_at = clock_.Steady();
  const std::lock_guard lock(mutex_);
  if (stopped_) return Fail(ErrorKind::kCancelled, "The gateway is stopping.");
  if (entries_.size() >= options_.consumer_instances_max) {
    return Fail(ErrorKind::kThrottled,
                "There are {} consumer instances already (consumer.instances.max); delete those "
                "that are not used.",
                entries_.size());
  }
  if (!entries_.try_emplace(Key(group, name), std::move(entry)).second) {
    return Fail(ErrorKind::kAlreadyExists,
                "Consumer with specified consumer ID already exists in the specified consumer "
                "group.");
  }
  if (!sweeping_) PostSweep();
  return {};
}

RestConsumers::EntryPtr RestConsumers::FindEntry(const GroupName& group, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(Key(group, name));
  return found == entries_.end() ? nullptr : found->second;
}

std::optional<RestConsumerInfo> RestConsumers::Find(const GroupName& group,
                                                    const std::string& name) {
  const EntryPtr entry = FindEntry(group, name);
  if (!entry) return std::nullopt;
  const std::lock_guard lock(entry->mutex);
  entry->used_at = clock_.Steady();
  return entry->info;
}

bool RestConsumers::Do(const GroupName& group, const std::string& name, RestConsumerJob job) {
  const EntryPtr entry = FindEntry(group, name);
  if (entry) Submit(entry, std::move(job), false);
  return entry != nullptr;
}

bool RestConsumers::Read(const GroupName& group, const std::string& name, RestConsumerJob job) {
  const EntryPtr entry = FindEntry(group, name);
  if (entry) Submit(entry, std::move(job), true);
  return entry != nullptr;
}

void RestConsumers::Submit(const EntryPtr& entry, RestConsumerJob job, bool read) {
  {
    const std::lock_guard lock(entry->mutex);
    entry->used_at = clock_.Steady();
    if (read && entry->reads.empty()) entry->read_due = entry->used_at;
    (read ? entry->reads : entry->jobs).push_back(std::move(job));
  }
  Kick(entry);
}

void RestConsumers::Kick(const EntryPtr& entry) {
  {
    const std::lock_guard lock(entry->mutex);
    if (entry->running) return;
    if (entry->jobs.empty() && entry->reads.empty()) return;
    entry->running = true;
  }
  pool_.Post([this, entry] { Run(entry); });
}

void RestConsumers::Run(const EntryPtr& entry) {
  while (true) {
    RestConsumerJob job;
    bool read = false;
    {
      const std::lock_guard lock(entry->mutex);
      const Micros now = clock_.Steady();
      if (!entry->jobs.empty()) {
        job = std::move(entry->jobs.front());
        entry->jobs.pop_front();
      } else if (!entry->reads.empty() && (entry->ended || entry->read_due <= now)) {
        read = true;
        job = std::move(entry->reads.front());
        entry->reads.pop_front();
      } else {
        entry->running = false;
        if (entry->reads.empty()) return;
        const auto delay = std::chrono::ceil<Millis>(entry->read_due - now);
        pool_.Post([this, entry] { Kick(entry); }, delay);
        return;
      }
    }
    const auto again = job(entry->ended ? nullptr : &entry->consumer);
    const std::lock_guard lock(entry->mutex);
    entry->member = entry->consumer.member();
    if (read) {
      const Micros now = clock_.Steady();
      entry->used_at = now;
      entry->read_due = now + Micros(again.value_or(Millis(0)));
      if (again) entry->reads.push_front(std::move(job));
    }
  }
}

bool RestConsumers::Remove(const GroupName& group, const std::string& name,
                           std::function<void()> done) {
  EntryPtr entry;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(Key(group, name));
    if (found == entries_.end()) return false;
    entry = std::move(found->second);
    entries_.erase(found);
    ++ending_;
  }
  End(entry, std::move(done));
  return true;
}

// Counted in ending_ already. What was submitted before is done before; what comes later finds no
// instance.
void RestConsumers::End(const EntryPtr& entry, std::function<void()> done) {
  Submit(
      entry,
      [this, raw = entry.get(), done = std::move(done)](RestConsumer* consumer) {
        if (consumer != nullptr) consumer->Close();
        raw->ended = true;  // only this entry's jobs look at it without the lock, and this is one
        if (done) done();
        const std::lock_guard lock(mutex_);
        --ending_;
        ended_.notify_all();
        return std::nullopt;
      },
      false);
}

void RestConsumers::PostSweep() {
  sweeping_ = pool_.Post([this] { Sweep(); }, kServiceEvery);
}

void RestConsumers::Sweep() {
  std::vector<EntryPtr> expired, idle_members;
  {
    const std::lock_guard lock(mutex_);
    const Micros now = clock_.Steady();
    for (auto it = entries_.begin(); it != entries_.end();) {
      const EntryPtr& entry = it->second;
      const std::lock_guard entry_lock(entry->mutex);
      const bool idle = !entry->running && entry->jobs.empty() && entry->reads.empty();
      if (idle && now - entry->used_at > options_.consumer_instance_timeout) {
        LogInfo("A REST consumer instance was not used and ends.",
                F("group", it->first.first.value()), F("instance", it->first.second));
        expired.push_back(entry);
        ++ending_;
        it = entries_.erase(it);
        continue;
      }
      if (idle && entry->member && now - entry->used_at >= kServiceEvery) {
        idle_members.push_back(entry);
      }
      ++it;
    }
    sweeping_ = false;
    if (!entries_.empty()) PostSweep();
  }
  for (const auto& entry : expired) End(entry, {});
  for (const auto& entry : idle_members) {
    {
      // Not a use: it does not renew the instance.
      const std::lock_guard lock(entry->mutex);
      entry->jobs.push_back([](RestConsumer* consumer) -> std::optional<Millis> {
        if (consumer != nullptr) consumer->Service();
        return std::nullopt;
      });
    }
    Kick(entry);
  }
}

size_t RestConsumers::instances() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void RestConsumers::Stop(Millis deadline) {
  std::map<Key, EntryPtr> entries;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    entries.swap(entries_);
    ending_ += entries.size();
  }
  for (const auto& [key, entry] : entries) End(entry, {});
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, deadline, [&] { return ending_ == 0; });
  }
  pool_.Stop();
}

}  // namespace pinlake
