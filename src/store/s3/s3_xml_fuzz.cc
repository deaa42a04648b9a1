// Any bytes: no crash in any reader of answers. Accepted XML: what is rendered is read back as the
// same. Corpus: tests/corpus/s3_xml (answers of versitygw and MinIO, and the S3 documentation's
// examples).
#include <cstdint>
#include <cstdlib>

#include "store/s3/s3_answers.h"
#include "store/s3/xml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pinlake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(ParseListObjects(text, 2));
  static_cast<void>(ParseListUploads(text, 2));
  static_cast<void>(ParseUploadId(text));
  static_cast<void>(ParseComplete(text));
  static_cast<void>(ParseS3Error(text));
  static_cast<void>(ParseIsoTime(text));
  static_cast<void>(ParseHttpTime(text));
  const auto root = ParseXml(text);
  if (!root) return 0;
  const auto again = ParseXml(RenderXml(*root));
  if (!again || *again != *root) std::abort();
  return 0;
}
