#include "store/store_options.h"

namespace pinlake {

const OptionTable<StoreOptions>& StoreOptionTable() {
  using C = StoreOptions;
  static const OptionTable<C> table(
      {
          {.name = "url",
           .field = Url(&C::url, {"file", "s3"}),
           .fallback = "file://lake",
           .importance = Importance::kHigh,
           .doc = "Where objects go: file:///directory (made if it is missing; file://directory is "
                  "relative to the "
                  "working directory) or s3://bucket/prefix."},
          {.name = "endpoint",
           .field = Text(&C::endpoint),
           .fallback = "",
           .importance = Importance::kHigh,
           .doc = "http[s]://host[:port] of an S3 server; empty: Amazon's in the region."},
          {.name = "region",
           .field = Text(&C::region),
           .fallback = "",
           .importance = Importance::kHigh,
           .doc = "Region that requests are signed for; empty: AWS_REGION, AWS_DEFAULT_REGION, the "
                  "profile's, else "
                  "us-east-1."},
          {.name = "addressing",
           .field = Enum(&C::addressing, {{"auto", S3Addressing::kAuto},
                                          {"path", S3Addressing::kPath},
                                          {"virtual-host", S3Addressing::kVirtualHost}}),
           .fallback = "auto",
           .doc = "Whether the bucket's name stands in the path or before the host. auto: in the "
                  "path if an endpoint "
                  "is given or the name has dots."},
          {.name = "profile",
           .field = Text(&C::profile),
           .fallback = "",
           .doc = "Profile of the shared AWS files; empty: AWS_PROFILE, else default. Given, it "
                  "goes before the "
                  "environment's keys."},
          {.name = "access.key.id",
           .field = Text(&C::access_key_id),
           .fallback = "",
           .doc = "Access key; empty: from the environment or the profile."},
          {.name = "secret.access.key",
           .field = Password(&C::secret_access_key),
           .fallback = "",
           .doc = "Secret of access.key.id. Better written ${env:NAME} or ${file:path}."},
          {.name = "session.token",
           .field = Password(&C::session_token),
           .fallback = "",
           .doc = "Session token of access.key.id, if it is a temporary one."},
          {.name = "role.arn",
           .field = Text(&C::role_arn),
           .fallback = "",
           .doc = "Role that is assumed with those keys; empty: none."},
          {.name = "role.session.name",
           .field = Text(&C::role_session_name, 2),
           .fallback = "pinlake",
           .importance = Importance::kLow,
           .doc = "Name of its sessions, as CloudTrail shows them."},
          {.name = "role.external.id",
           .field = Text(&C::role_external_id),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "External id that the role's trust asks for."},
          {.name = "role.region",
           .field = Text(&C::sts_region),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "Region of the STS that is asked; empty: the global endpoint. "
                  "AWS_ENDPOINT_URL_STS goes before it."},
          {.name = "accelerate",
           .field = Bool(&C::accelerate),
           .fallback = "false",
           .importance = Importance::kLow,
           .doc = "Amazon's transfer acceleration."},
          {.name = "dualstack",
           .field = Bool(&C::dualstack),
           .fallback = "false",
           .importance = Importance::kLow,
           .doc = "Amazon's endpoints that have IPv6 addresses too."},
          {.name = "encryption",
           .field = In(&C::objects,
                       Enum(&S3ObjectSettings::encryption, {{"", ""},
                                                            {"AES256", "AES256"},
                                                            {"aws:kms", "aws:kms"},
                                                            {"aws:kms:dsse", "aws:kms:dsse"}})),
           .fallback = "",
           .doc = "How the server encrypts objects; empty: as the bucket says."},
          {.name = "encryption.kms.key.id",
           .field = In(&C::objects, Text(&S3ObjectSettings::kms_key_id)),
           .fallback = "",
           .doc = "Key of KMS for aws:kms; empty: the account's for S3."},
          {.name = "encryption.customer.key",
           .field = In(&C::objects, Password(&S3ObjectSettings::customer_key)),
           .fallback = "",
           .doc =
               "Base64 of a key of 32 bytes for AES256 that the server does not keep. Without it "
               "nobody reads the objects."},
          {.name = "acl",
           .field = In(&C::objects, Text(&S3ObjectSettings::acl)),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "Canned ACL of objects, e.g. bucket-owner-full-control; empty: none is sent."},
          {.name = "storage.class",
           .field = In(&C::objects, Text(&S3ObjectSettings::storage_class)),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "Storage class of objects, e.g. INTELLIGENT_TIERING; empty: STANDARD."},
          {.name = "checksum",
           .field = Enum(&C::checksum, {{"sha256", S3Checksum::kSha256},
                                        {"crc32c", S3Checksum::kCrc32c},
                                        {"md5", S3Checksum::kMd5},
                                        {"none", S3Checksum::kNone}}),
           .fallback = "sha256",
           .importance = Importance::kLow,
           .doc = "How the server checks an object's bytes: their SHA-256 is signed, or a header "
                  "with the CRC-32C or "
                  "MD5 is."},
          {.name = "ca.file",
           .field = Text(&C::ca_file),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "PEM file of trusted authorities; empty: AWS_CA_BUNDLE, else the system's."},
          {.name = "attempts.max",
           .field = Int(&C::attempts_max, 1, 100),
           .fallback = "4",
           .doc = "Attempts at one request, the first included, where repeating is safe."},
          {.name = "retry.backoff",
           .field = Duration(&C::retry_backoff),
           .fallback = "100ms",
           .doc = "Before attempt n+1 a random time up to this times 2^(n-1), at most 5 s."},
          {.name = "connect.timeout",
           .field = Duration(&C::connect_timeout, Millis(1)),
           .fallback = "5s",
           .importance = Importance::kLow,
           .doc = "Name, TCP and TLS together."},
          {.name = "request.timeout",
           .field = Duration(&C::request_timeout, Millis(1)),
           .fallback = "60s",
           .importance = Importance::kLow,
           .doc = "One attempt at one request."},
          {.name = "connections.max",
           .field = Int(&C::connections_max, 1, 10'000),
           .fallback = "64",
           .importance = Importance::kLow,
           .doc = "Idle connections kept to the server."},
      },
      {{"access.key.id, secret.access.key",
        [](const C& c) -> Complaint {
          if (c.access_key_id.empty() == c.secret_access_key.empty()) return {};
          return "one is given without the other";
        }},
       {"encryption, encryption.kms.key.id, encryption.customer.key", [](const C& c) -> Complaint {
          const Status checked = CheckS3ObjectSettings(c.objects);
          if (checked) return {};
          return checked.error().message();
        }}});
  return table;
}

}  // namespace pinlake
