#include "store/s3/s3_answers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "store/s3/xml.h"

namespace pinlake {
namespace {

template <typename T>
bool ToNumber(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

/// An element's own name, whatever the prefix of its namespace.
bool Is(const XmlElement& element, std::string_view name) {
  return element.name == name || element.name.ends_with(fmt::format(":{}", name));
}

Result<XmlElement> ParseAs(std::string_view body, std::string_view root) {
  ASSIGN_OR_RETURN(XmlElement element, ParseXml(body));
  if (Is(element, root)) return element;
  return Fail(ErrorKind::kCorruption, "the answer is a {} and not a {}", element.name, root);
}

std::optional<int64_t> ToMs(int year, unsigned month, unsigned day, int hour, int minute,
                            int second) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const auto time = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

Result<std::string> KeyWithoutPrefix(std::string_view key, size_t prefix_bytes) {
  if (key.size() > prefix_bytes) return std::string(key.substr(prefix_bytes));
  return Fail(ErrorKind::kCorruption, "the answer lists '{}', which was not asked for", key);
}

S3Error ErrorOf(const XmlElement& root) {
  return {std::string(root.Text("Code")), std::string(root.Text("Message")),
          std::string(root.Text("Region")), std::string(root.Text("ServerTime"))};
}

}  // namespace

S3Error ParseS3Error(std::string_view body) {
  const auto root = ParseAs(body, "Error");
  return root ? ErrorOf(*root) : S3Error{};
}

Result<S3ListAnswer> ParseListObjects(std::string_view body, size_t prefix_bytes) {
  ASSIGN_OR_RETURN(const XmlElement root, ParseAs(body, "ListBucketResult"));
  S3ListAnswer answer;
  answer.truncated = root.Text("IsTruncated") == "true";
  for (const XmlElement& entry : root.children) {
    if (entry.name != "Contents") continue;
    // A folder marker at the store's own place has no key in it.
    if (entry.Text("Key").size() == prefix_bytes) continue;
    ObjectInfo info;
    ASSIGN_OR_RETURN(std::string key, KeyWithoutPrefix(entry.Text("Key"), prefix_bytes));
    info.key = ObjectKey(std::move(key));
    info.etag = PlainEtag(entry.Text("ETag"));
    info.modified_ms = ParseIsoTime(entry.Text("LastModified")).value_or(0);
    if (!ToNumber(entry.Text("Size"), info.size)) {
      return Fail(ErrorKind::kCorruption, "the answer gives {} the size '{}'", info.key.value(),
                  entry.Text("Size"));
    }
    answer.page.objects.push_back(std::move(info));
  }
  return answer;
}

Result<S3UploadsAnswer> ParseListUploads(std::string_view body, size_t prefix_bytes) {
  ASSIGN_OR_RETURN(const XmlElement root, ParseAs(body, "ListMultipartUploadsResult"));
  S3UploadsAnswer answer;
  answer.truncated = root.Text("IsTruncated") == "true";
  answer.next_key = root.Text("NextKeyMarker");
  answer.next_upload_id = root.Text("NextUploadIdMarker");
  for (const XmlElement& entry : root.children) {
    if (entry.name != "Upload") continue;
    ASSIGN_OR_RETURN(std::string key, KeyWithoutPrefix(entry.Text("Key"), prefix_bytes));
    answer.uploads.push_back({ObjectKey(std::move(key)), std::string(entry.Text("UploadId")),
                              ParseIsoTime(entry.Text("Initiated")).value_or(0)});
  }
  return answer;
}

Result<std::string> ParseUploadId(std::string_view body) {
  ASSIGN_OR_RETURN(const XmlElement root, ParseAs(body, "InitiateMultipartUploadResult"));
  std::string id(root.Text("UploadId"));
  if (id.empty()) return Fail(ErrorKind::kCorruption, "the answer names no upload");
  return id;
}

Result<S3CompleteAnswer> ParseComplete(std::string_view body) {
  ASSIGN_OR_RETURN(const XmlElement root, ParseXml(body));
  if (Is(root, "Error")) return S3CompleteAnswer{{}, ErrorOf(root)};
  if (!Is(root, "CompleteMultipartUploadResult")) {
    return Fail(ErrorKind::kCorruption, "the answer is a {} and no CompleteMultipartUploadResult",
                root.name);
  }
  return S3CompleteAnswer{PlainEtag(root.Text("ETag")), std::nullopt};
}

std::string RenderComplete(const std::vector<UploadedPart>& parts) {
  std::string text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const UploadedPart& part : parts) {
    text += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag></Part>",
                        part.number, EscapeXml(part.etag));
  }
  return text + "</CompleteMultipartUpload>";
}

std::string PlainEtag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"'))
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

std::optional<int64_t> ParseIsoTime(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, milli = 0;
  unsigned month = 0, day = 0;
  const bool shape = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
                     text[13] == ':' && text[16] == ':' && text.ends_with('Z');
  if (!shape || !ToNumber(text.substr(0, 4), year) || !ToNumber(text.substr(5, 2), month) ||
      !ToNumber(text.substr(8, 2), day) || !ToNumber(text.substr(11, 2), hour) ||
      !ToNumber(text.substr(14, 2), minute) || !ToNumber(text.substr(17, 2), second)) {
    return std::nullopt;
  }
  if (text.size() >= 24 && text[19] == '.' && !ToNumber(text.substr(20, 3), milli))
    return std::nullopt;
  const auto ms = ToMs(year, month, day, hour, minute, second);
  return ms ? std::optional(*ms + milli) : std::nullopt;
}

std::optional<int64_t> ParseHttpTime(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned day = 0;
  if (month == kMonths.end() || !ToNumber(text.substr(5, 2), day) ||
      !ToNumber(text.substr(12, 4), year) || !ToNumber(text.substr(17, 2), hour) ||
      !ToNumber(text.substr(20, 2), minute) || !ToNumber(text.substr(23, 2), second)) {
    return std::nullopt;
  }
  return ToMs(year, static_cast<unsigned>(month - kMonths.begin()) + 1, day, hour, minute, second);
}

}  // namespace pinlake
