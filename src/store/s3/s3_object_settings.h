// What every object of a bucket is put with: encryption, access, storage class.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "http/client_message.h"

namespace pinlake {

/// Empty fields send nothing: the bucket's own settings hold.
struct S3ObjectSettings {
  std::string encryption;  ///< "AES256", "aws:kms" or "aws:kms:dsse"
  std::string kms_key_id;  ///< with aws:kms or aws:kms:dsse; empty: the account's key for S3
  /// Base64 of 32 bytes, with AES256: the server encrypts with it, keeps nothing of it, and wants
  /// it again at each GET and HEAD. Lost with it are the objects.
  Secret customer_key;
  std::string acl;            ///< a canned one: "bucket-owner-full-control"
  std::string storage_class;  ///< "STANDARD_IA", "INTELLIGENT_TIERING", …
};

/// kInvalidArgument: a key of a customer that is no base64 of 32 bytes, or keys without the
/// encryption they are for. Says nothing of the key.
Status CheckS3ObjectSettings(const S3ObjectSettings& settings);

/// The fields of PutObject and CreateMultipartUpload. \p settings have been checked.
void AddCreationFields(const S3ObjectSettings& settings, HttpFields& fields);
/// The customer's key for what reads or continues an object: GET, HEAD and UploadPart.
void AddCustomerKey(const S3ObjectSettings& settings, HttpFields& fields);

}  // namespace pinlake
