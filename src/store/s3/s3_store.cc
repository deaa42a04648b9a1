#include "store/s3/s3_store.h"

#include <algorithm>

#include "base/rng.h"
#include "observe/log.h"
#include "store/s3/s3_fields.h"
#include "store/store_rules.h"

namespace pinlake {
namespace {

constexpr size_t kGetBytesMax = size_t{1} << 30;
constexpr int kRangeNotSatisfiable = 416;

std::string EtagIn(const ClientResponse& answer) {
  return PlainEtag(answer.fields.Find("etag").value_or(""));
}

uint64_t LengthIn(const ClientResponse& answer) {
  const std::string text(answer.fields.Find("content-length").value_or("0"));
  return std::strtoull(text.c_str(), nullptr, 10);
}

}  // namespace

Status S3Store::CheckKey(const ObjectKey& key) const {
  return CheckObjectKey(key, client_.location().prefix.size());
}

S3Call S3Store::CallFor(std::string_view method, const ObjectKey& key) const {
  return {.method = method,
          .path = client_.location().ObjectPath(key.value()),
          .what = fmt::format("{} {}/{}", method, Describe(), key.value())};
}

S3Call S3Store::BucketCall(std::string_view method) const {
  return {.method = method,
          .path = client_.location().BucketPath(),
          .what = fmt::format("{} {}", method, Describe())};
}

Result<PutAnswer> S3Store::PutAs(const ObjectKey& key, std::string_view body,
                                 const PutOptions& options, bool if_absent) {
  RETURN_IF_ERROR(CheckKey(key));
  RETURN_IF_ERROR(CheckPutOptions(options));
  S3Call call = CallFor("PUT", key);
  AddPutOptions(options, call.fields);
  AddCreationFields(settings_, call.fields);
  if (if_absent) {
    call.fields.Add("If-None-Match", "*");
    call.repeat = S3Repeat::kIfNotDone;
  }
  call.body = body;
  call.checksum = checksum_;
  ASSIGN_OR_RETURN(const ClientResponse answer, client_.Call(call));
  bucket_seen_ = true;
  return PutAnswer{EtagIn(answer)};
}

Result<PutAnswer> S3Store::WithTagsIfAllowed(
    const PutOptions& options, const std::function<Result<PutAnswer>(const PutOptions&)>& send) {
  if (options.tags.empty() || options.tags_required) return send(options);
  PutOptions without = options;
  without.tags.clear();
  if (tags_refused_) return send(without);
  auto answer = send(options);
  if (answer) return answer;
  const ErrorKind kind = answer.error().kind();
  const bool refused = kind == ErrorKind::kPermissionDenied || kind == ErrorKind::kUnsupported ||
                       kind == ErrorKind::kInvalidArgument;
  if (!refused) return answer;
  // Not executed. Only if it works without tags were they what was refused.
  auto untagged = send(without);
  if (untagged && !tags_refused_.exchange(true)) {
    LogWarn("Objects are stored without tags.", F("store", Describe()),
            F("reason", answer.error()));
  }
  return untagged;
}

Result<PutAnswer> S3Store::PutIfAbsent(const ObjectKey& key, std::string_view body,
                                       const PutOptions& options) {
  return WithTagsIfAllowed(
      options, [&](const PutOptions& allowed) { return PutAs(key, body, allowed, true); });
}

Result<PutAnswer> S3Store::Put(const ObjectKey& key, std::string_view body,
                               const PutOptions& options) {
  return WithTagsIfAllowed(
      options, [&](const PutOptions& allowed) { return PutAs(key, body, allowed, false); });
}

Error S3Store::Explain(const ObjectKey& key, Error error) {
  if (error.kind() == ErrorKind::kNotFound) {
    if (bucket_seen_) return NoSuchObject(key, Describe()).value();
    const auto bucket = CheckReachable();
    return bucket ? NoSuchObject(key, Describe()).value() : bucket.error();
  }
  if (error.kind() != ErrorKind::kPermissionDenied && error.kind() != ErrorKind::kInvalidArgument)
    return error;
  const auto explained = Get(key, 0, 1);
  return explained ? error : explained.error();
}

Result<ObjectInfo> S3Store::Head(const ObjectKey& key) {
  RETURN_IF_ERROR(CheckKey(key));
  S3Call call = CallFor("HEAD", key);
  AddCustomerKey(settings_, call.fields);
  auto answer = client_.Call(call);
  if (!answer) return Fail(Explain(key, std::move(answer).error()));
  bucket_seen_ = true;
  return ObjectInfo{key, LengthIn(*answer), EtagIn(*answer),
                    ParseHttpTime(answer->fields.Find("last-modified").value_or("")).value_or(0),
                    MetadataOf(answer->fields)};
}

Result<std::string> S3Store::Get(const ObjectKey& key, uint64_t first,
                                 std::optional<uint64_t> size) {
  RETURN_IF_ERROR(CheckKey(key));
  // No range says "no bytes": what remains is whether the object is there.
  if (size == 0u) return Head(key).map([](const ObjectInfo&) { return std::string(); });
  S3Call call = CallFor("GET", key);
  AddCustomerKey(settings_, call.fields);
  call.answer_bytes_max = kGetBytesMax;
  if (first > 0 || size) {
    const std::string last =
        size ? std::to_string(first + std::min(*size - 1, UINT64_MAX - first)) : "";
    call.fields.Add("Range", fmt::format("bytes={}-{}", first, last));
    call.also_fine = kRangeNotSatisfiable;
  }
  ASSIGN_OR_RETURN(ClientResponse answer, client_.Call(call));
  bucket_seen_ = true;
  if (answer.status == kRangeNotSatisfiable) return std::string();
  // A server may ignore Range and send all.
  if (answer.status == 200 && (first > 0 || size)) {
    return first >= answer.body.size() ? std::string()
                                       : answer.body.substr(first, size.value_or(SIZE_MAX));
  }
  return std::move(answer.body);
}

Result<ListPage> S3Store::List(std::string_view prefix, const std::optional<ObjectKey>& start_after,
                               size_t limit) {
  const std::string& place = client_.location().prefix;
  S3Call call = BucketCall("GET");
  call.query = {{"list-type", "2"},
                {"max-keys", std::to_string(std::clamp<size_t>(limit, 1, kListLimitMax))},
                {"prefix", place + std::string(prefix)}};
  if (start_after) call.query.emplace_back("start-after", place + start_after->value());
  ASSIGN_OR_RETURN(const ClientResponse answer, client_.Call(call));
  bucket_seen_ = true;
  auto list = ParseListObjects(answer.body, place.size());
  if (!list) return Fail(std::move(list).error().In(call.what));
  ListPage page = std::move(list->page);
  if (list->truncated) {
    if (page.objects.empty())
      return Fail(ErrorKind::kCorruption, "{}: a page without objects that says there are more",
                  call.what);
    page.more_after = page.objects.back().key;
  }
  return page;
}

Status S3Store::Delete(const ObjectKey& key) {
  RETURN_IF_ERROR(CheckKey(key));
  S3Call call = CallFor("DELETE", key);
  const auto answer = client_.Call(call);
  if (answer) return {};
  // Amazon answers 204 to an object that is not there, others 404.
  if (answer.error().kind() != ErrorKind::kNotFound) return Fail(answer.error());
  return bucket_seen_ ? Status() : CheckReachable();
}

Status S3Store::CheckReachable() {
  auto answer = client_.Call(BucketCall("HEAD"));
  if (answer) {
    bucket_seen_ = true;
    return {};
  }
  const ErrorKind kind = answer.error().kind();
  const bool no_body = kind == ErrorKind::kNotFound || kind == ErrorKind::kPermissionDenied ||
                       kind == ErrorKind::kInvalidArgument;
  if (!no_body) return Fail(std::move(answer).error());
  auto list = List("", {}, 1);
  if (!list) return Fail(std::move(list).error());
  return {};
}

Result<bool> S3Store::ProbeConditionalPut() {
  const ObjectKey key("_pinlake/probe-" + Rng::FromSystem().Uuid());
  RETURN_IF_ERROR(Put(key, "1", {}));
  const auto second = PutIfAbsent(key, "2", {});
  RETURN_IF_ERROR(Delete(key));
  if (second) return false;
  if (second.error().kind() == ErrorKind::kAlreadyExists) return true;
  if (second.error().kind() == ErrorKind::kUnsupported) return false;
  return Fail(second.error());
}

}  // namespace pinlake
