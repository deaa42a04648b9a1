#include "aws/sigv4.h"

#include <algorithm>
#include <chrono>

namespace pinlake {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// A header as it is signed: name in lower case, inner runs of blanks as one.
struct CanonicalField {
  std::string name;
  std::string value;
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

std::string Squeeze(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

/// Sorted by name; fields of one name joined in their order.
std::vector<CanonicalField> CanonicalFields(const HttpFields& fields, std::string_view host) {
  std::vector<CanonicalField> all;
  all.reserve(fields.all().size() + 1);
  for (const HttpField& field : fields.all())
    all.push_back({Lower(field.name), Squeeze(field.value)});
  if (!fields.Find("host")) all.push_back({"host", std::string(host)});
  std::ranges::stable_sort(all, {}, &CanonicalField::name);
  std::vector<CanonicalField> joined;
  joined.reserve(all.size());
  for (CanonicalField& field : all) {
    if (!joined.empty() && joined.back().name == field.name) {
      joined.back().value.append(",").append(field.value);
    } else {
      joined.push_back(std::move(field));
    }
  }
  return joined;
}

/// RFC 3986's removal of dot segments, and of doubled slashes.
std::string NormalPath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    start = end + 1;
  }
  std::string out;
  for (const std::string_view segment : segments) out.append("/").append(segment);
  const bool folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  if (out.empty() || folder) out.push_back('/');
  return out;
}

std::string SignedNames(const std::vector<CanonicalField>& fields) {
  std::string names;
  for (const CanonicalField& field : fields) {
    if (!names.empty()) names.push_back(';');
    names.append(field.name);
  }
  return names;
}

}  // namespace

std::string CanonicalQuery(const QueryParameters& parameters) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(parameters.size());
  for (const auto& [name, value] : parameters) {
    encoded.emplace_back(UriEncode(name, false), UriEncode(value, false));
  }
  std::ranges::sort(encoded);
  std::string query;
  for (const auto& [name, value] : encoded) {
    if (!query.empty()) query.push_back('&');
    query.append(name).append("=").append(value);
  }
  return query;
}

std::string AmzDate(int64_t wall_ms) {
  using namespace std::chrono;
  const sys_seconds time(floor<seconds>(milliseconds(wall_ms)));
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Sha256Digest SigV4Signer::KeyOf(const Credentials& credentials, std::string_view date) {
  std::lock_guard lock(mutex_);
  if (day_.date != date || day_.access_key_id != credentials.access_key_id ||
      day_.secret != credentials.secret_access_key) {
    Sha256Digest key = HmacSha256("AWS4" + credentials.secret_access_key.reveal(), date);
    for (const std::string_view part : {std::string_view(region_), std::string_view(service_),
                                        std::string_view("aws4_request")}) {
      key = HmacSha256(AsText(key), part);
    }
    day_ = {std::string(date), credentials.access_key_id, credentials.secret_access_key, key};
  }
  return day_.key;
}

std::string SigV4Signer::ScopeOf(std::string_view date) const {
  return fmt::format("{}/{}/{}/aws4_request", date, region_, service_);
}

std::string SigV4Signer::SignatureOf(const Credentials& credentials, std::string_view stamp,
                                     std::string_view canonical_request) {
  const std::string_view date = stamp.substr(0, 8);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, stamp, ScopeOf(date),
                                          LowerHex(Sha256(canonical_request)));
  return LowerHex(HmacSha256(AsText(KeyOf(credentials, date)), to_sign));
}

std::string SigV4Signer::PresignedQuery(const Credentials& credentials, int64_t wall_ms,
                                        std::string_view method, std::string_view host,
                                        std::string_view path, QueryParameters parameters,
                                        int64_t expires_s) {
  const std::string stamp = AmzDate(wall_ms);
  const std::string date = stamp.substr(0, 8);
  parameters.emplace_back("X-Amz-Algorithm", kAlgorithm);
  parameters.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + ScopeOf(date));
  parameters.emplace_back("X-Amz-Date", stamp);
  parameters.emplace_back("X-Amz-Expires", std::to_string(expires_s));
  parameters.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty()) {
    parameters.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\nhost:{}\n\nhost\n{}", method, path,
                                            CanonicalQuery(parameters), host, LowerHex(Sha256("")));
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", UriEncode(name, false),
                         UriEncode(value, false));
  }
  return query + "&X-Amz-Signature=" + SignatureOf(credentials, stamp, canonical);
}

void SigV4Signer::Sign(const Credentials& credentials, int64_t wall_ms, const SigV4Request& request,
                       HttpFields& fields) {
  const std::string stamp = AmzDate(wall_ms);
  const std::string_view date = std::string_view(stamp).substr(0, 8);
  fields.Add("X-Amz-Date", stamp);
  if (rules_.content_hash_field)
    fields.Add("X-Amz-Content-Sha256", std::string(request.payload_hash));
  if (!credentials.session_token.empty()) {
    fields.Add("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  const std::vector<CanonicalField> canonical = CanonicalFields(fields, request.host);
  const std::string names = SignedNames(canonical);

  std::string text;
  text.reserve(1024);
  text.append(request.method).append("\n");
  text.append(rules_.path_as_sent ? std::string(request.path)
                                  : UriEncode(NormalPath(request.path), true));
  text.append("\n").append(request.query).append("\n");
  for (const CanonicalField& field : canonical) {
    text.append(field.name).append(":").append(field.value).append("\n");
  }
  text.append("\n").append(names).append("\n").append(request.payload_hash);

  fields.Add("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                          kAlgorithm, credentials.access_key_id, ScopeOf(date),
                                          names, SignatureOf(credentials, stamp, text)));
}

}  // namespace pinlake
