#include "store/s3/s3_object_settings.h"

#include <optional>

#include "aws/digest.h"

namespace pinlake {
namespace {

constexpr size_t kCustomerKeyBytes = 32;
constexpr std::string_view kCustomerKeyField = "x-amz-server-side-encryption-customer-";

std::optional<std::string> CustomerKeyBytes(const S3ObjectSettings& settings) {
  auto bytes = Base64Decoded(settings.customer_key.reveal());
  if (!bytes || bytes->size() != kCustomerKeyBytes) return std::nullopt;
  return bytes;
}

}  // namespace

Status CheckS3ObjectSettings(const S3ObjectSettings& settings) {
  if (!settings.customer_key.empty()) {
    if (settings.encryption != "AES256") {
      return Fail(ErrorKind::kInvalidArgument,
                  "a customer's key is for encryption AES256, and it is '{}'", settings.encryption);
    }
    if (!CustomerKeyBytes(settings)) {
      return Fail(
          ErrorKind::kInvalidArgument,
          "the customer's key is not base64 of {} bytes (openssl rand -base64 32 makes one)",
          kCustomerKeyBytes);
    }
  }
  if (!settings.kms_key_id.empty() && !settings.encryption.starts_with("aws:kms")) {
    return Fail(ErrorKind::kInvalidArgument,
                "a KMS key is for encryption aws:kms or aws:kms:dsse, and it is '{}'",
                settings.encryption);
  }
  return {};
}

void AddCustomerKey(const S3ObjectSettings& settings, HttpFields& fields) {
  if (settings.customer_key.empty()) return;
  const std::string prefix(kCustomerKeyField);
  fields.Add(prefix + "algorithm", settings.encryption);
  fields.Add(prefix + "key", settings.customer_key.reveal());
  fields.Add(prefix + "key-MD5", Base64(Md5(CustomerKeyBytes(settings).value_or(""))));
}

void AddCreationFields(const S3ObjectSettings& settings, HttpFields& fields) {
  if (!settings.acl.empty()) fields.Add("x-amz-acl", settings.acl);
  if (!settings.storage_class.empty()) fields.Add("x-amz-storage-class", settings.storage_class);
  if (!settings.customer_key.empty()) return AddCustomerKey(settings, fields);
  if (settings.encryption.empty()) return;
  fields.Add("x-amz-server-side-encryption", settings.encryption);
  if (!settings.kms_key_id.empty())
    fields.Add("x-amz-server-side-encryption-aws-kms-key-id", settings.kms_key_id);
}

}  // namespace pinlake
