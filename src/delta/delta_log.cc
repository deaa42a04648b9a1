#include "delta/delta_log.h"

#include <algorithm>
#include <charconv>

#include "delta/delta_commit_text.h"
#include "lake/percent.h"

namespace pinlake {
namespace {

constexpr std::string_view kLogDirectory = "/_delta_log/";
constexpr std::string_view kCommitSuffix = ".json";
constexpr size_t kVersionDigits = 20;
constexpr Millis kFirstWait{50};
constexpr Millis kLongestWait{5'000};

/// Of "…/00000000000000000012.json"; none for checkpoints, checksums and what else lies there.
std::optional<int64_t> VersionOf(std::string_view file) {
  if (file.size() != kVersionDigits + kCommitSuffix.size() || !file.ends_with(kCommitSuffix))
    return std::nullopt;
  int64_t version = 0;
  const char* end = file.data() + kVersionDigits;
  const auto [stop, error] = std::from_chars(file.data(), end, version);
  return error == std::errc() && stop == end && version >= 0 ? std::optional(version)
                                                             : std::nullopt;
}

bool IsPassing(ErrorKind kind) {
  return kind == ErrorKind::kConflict || kind == ErrorKind::kThrottled ||
         kind == ErrorKind::kUnavailable || kind == ErrorKind::kUnknownOutcome;
}

bool IsOwn(const DeltaCommit& commit, const std::string& txn_id) {
  return commit.info && commit.info->txn_id == txn_id;
}

bool LeavesTheTable(std::string_view path) {
  while (!path.empty()) {
    const size_t length = std::min(path.find('/'), path.size());
    if (path.substr(0, length) == "..") return true;
    path.remove_prefix(std::min(length + 1, path.size()));
  }
  return false;
}

}  // namespace

Result<ObjectKey> DeltaDataKey(const std::string& table, std::string_view path) {
  const auto decoded = PercentDecode(path);
  if (!decoded || decoded->empty() || LeavesTheTable(*decoded))
    return Fail(ErrorKind::kCorruption, "'{}' is no path of a data file within the table", path);
  const std::string_view first = path.substr(0, path.find('/'));
  if (first.empty() || first.find(':') != std::string_view::npos)
    return Fail(ErrorKind::kUnsupported, "'{}' is an absolute path; the table is a shallow clone",
                path);
  return ObjectKey(table + "/" + *decoded);
}

DeltaLog::DeltaLog(ObjectStore& store, std::string table, Clock& clock, Rng rng)
    : store_(store), table_(std::move(table)), clock_(clock), rng_(rng) {}

ObjectKey DeltaLog::KeyOf(int64_t version) const {
  return ObjectKey(fmt::format("{}{}{:020}{}", table_, kLogDirectory, version, kCommitSuffix));
}

Result<std::vector<int64_t>> DeltaLog::ListVersions() {
  const std::string prefix = fmt::format("{}{}", table_, kLogDirectory);
  std::vector<int64_t> versions;
  std::optional<ObjectKey> after;
  do {
    ASSIGN_OR_RETURN(const ListPage page, store_.List(prefix, after));
    for (const ObjectInfo& object : page.objects)
      if (const auto version =
              VersionOf(std::string_view(object.key.value()).substr(prefix.size())))
        versions.push_back(*version);
    after = page.more_after;
  } while (after);
  return versions;
}

Result<DeltaCommit> DeltaLog::ReadCommit(int64_t version) {
  const ObjectKey key = KeyOf(version);
  ASSIGN_OR_RETURN(const std::string text, store_.Get(key));
  auto commit = ParseDeltaCommit(text);
  if (!commit) return Fail(std::move(commit).error().In(key.value()));
  return commit;
}

Result<DeltaSnapshot> DeltaLog::Read(std::optional<int64_t> wanted) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> versions, ListVersions());
  if (versions.empty())
    return Fail(ErrorKind::kNotFound, "no Delta table at {} in {}", table_, store_.Describe());
  if (wanted && (*wanted < 0 || *wanted > versions.back()))
    return Fail(ErrorKind::kNotFound, "{} has no version {}; the newest is {}", table_, *wanted,
                versions.back());
  if (versions.front() != 0)
    return Fail(ErrorKind::kUnsupported,
                "the log of {} begins at version {}: older versions were removed behind a "
                "checkpoint, and this program reads no checkpoints",
                table_, versions.front());
  DeltaSnapshot snapshot;
  for (const int64_t version : versions) {
    if (wanted && version > *wanted) break;
    ASSIGN_OR_RETURN(const DeltaCommit commit, ReadCommit(version));
    if (auto applied = ApplyDeltaCommit(version, commit, &snapshot); !applied)
      return Fail(std::move(applied).error().In(KeyOf(version).value()));
  }
  return snapshot;
}

Status DeltaLog::Wait(int attempt, bool unknown, std::stop_token stop) {
  const Millis longest = std::min(kLongestWait, kFirstWait * (int64_t{1} << std::min(attempt, 10)));
  const Millis span(rng_.Between(1, longest.count()));
  if (clock_.SleepFor(span, stop)) return {};
  return Fail(unknown ? ErrorKind::kUnknownOutcome : ErrorKind::kCancelled,
              "asked to stop while committing");
}

/// Puts the commit as \p version; if the version is there, reads whose it is.
Result<DeltaCommit> DeltaLog::PutOrRead(int64_t version, const DeltaCommit& commit,
                                        std::stop_token stop) {
  const std::string text = RenderDeltaCommit(commit);
  bool unknown = false;  // one of the puts may have been done, or be done later
  Error last(ErrorKind::kInternal, "not tried");
  for (int attempt = 0; attempt < kDeltaPutsMax; ++attempt) {
    if (attempt > 0) RETURN_IF_ERROR(Wait(attempt - 1, unknown, stop));
    const auto put = store_.PutIfAbsent(KeyOf(version), text, {.content_type = "application/json"});
    if (put) return commit;
    last = put.error();
    if (last.kind() == ErrorKind::kUnknownOutcome) unknown = true;
    if (last.kind() != ErrorKind::kAlreadyExists && last.kind() != ErrorKind::kUnknownOutcome) {
      if (IsPassing(last.kind())) continue;
      break;
    }
    auto there = ReadCommit(version);
    if (there) return there;
    if (there.error().kind() == ErrorKind::kNotFound) continue;  // not done, or not yet
    last = std::move(there).error();
    if (!IsPassing(last.kind())) break;
  }
  if (unknown)
    return Fail(ErrorKind::kUnknownOutcome, "it may be committed as version {}: {}", version,
                last.message());
  return Fail(last.kind() == ErrorKind::kConflict ? ErrorKind::kUnavailable : last.kind(), "{}",
              last.message());
}

Result<DeltaSnapshot> DeltaLog::Commit(DeltaSnapshot base, DeltaIntent intent,
                                       std::stop_token stop) {
  DeltaCommit& commit = intent.commit;
  if (!commit.info) commit.info.emplace();
  commit.info->txn_id = rng_.Uuid();
  for (int race = 0; race < kDeltaRacesMax; ++race) {
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "asked to stop while committing");
    if (auto fine = CheckDeltaCommit(base, commit); !fine)
      return Fail(std::move(fine).error().In(table_));
    const int64_t version = base.version + 1;
    commit.info->timestamp_ms = clock_.WallMs();
    auto there = PutOrRead(version, commit, stop);
    if (!there) return Fail(std::move(there).error().In(table_));
    const bool own = IsOwn(*there, commit.info->txn_id);
    if (!own) {
      if (auto fine = CheckDeltaConflict(intent, version, *there); !fine)
        return Fail(std::move(fine).error().In(table_));
    }
    if (auto applied = ApplyDeltaCommit(version, *there, &base); !applied)
      return Fail(std::move(applied).error().In(KeyOf(version).value()));
    if (own) return base;
  }
  return Fail(ErrorKind::kConflict,
              "{}: others took {} versions in a row; try again when they rest", table_,
              kDeltaRacesMax);
}

}  // namespace pinlake
