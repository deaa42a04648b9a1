#include "store/s3/s3_fields.h"

#include <algorithm>
#include <cctype>

#include "aws/digest.h"

namespace pinlake {
namespace {

constexpr std::string_view kMetadataField = "x-amz-meta-";

}  // namespace

void AddPutOptions(const PutOptions& options, HttpFields& fields) {
  if (!options.content_type.empty()) fields.Add("Content-Type", options.content_type);
  if (!options.content_encoding.empty()) fields.Add("Content-Encoding", options.content_encoding);
  for (const auto& [name, value] : options.metadata)
    fields.Add(std::string(kMetadataField) + name, value);
  std::string tags;
  for (const auto& [name, value] : options.tags) {
    if (!tags.empty()) tags += '&';
    tags += UriEncode(name, false) + "=" + UriEncode(value, false);
  }
  if (!tags.empty()) fields.Add("x-amz-tagging", std::move(tags));
}

ObjectMetadata MetadataOf(const HttpFields& fields) {
  ObjectMetadata metadata;
  for (const HttpField& field : fields.all()) {
    if (!EqualNoCase(std::string_view(field.name).substr(0, kMetadataField.size()), kMetadataField))
      continue;
    std::string name = field.name.substr(kMetadataField.size());
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    metadata[std::move(name)] = field.value;
  }
  return metadata;
}

}  // namespace pinlake
