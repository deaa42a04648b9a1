#include "store/s3/s3_object_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/s3/s3_fields.h"
#include "tests/support/kind_of.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// base64 of "0123456789abcdef0123456789abcdef", and of its MD5.
constexpr const char* kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr const char* kKeyMd5 = "hRasmdxgYDKV3nvbahU1MA==";

std::string Text(const HttpFields& fields) {
  std::string text;
  for (const HttpField& field : fields.all()) text += field.name + "=" + field.value + "\n";
  return text;
}

TEST(S3ObjectSettingsTest, SendsNothingByDefault) {
  HttpFields fields;
  AddCreationFields({}, fields);
  AddCustomerKey({}, fields);
  EXPECT_EQ(Text(fields), "");
}

TEST(S3ObjectSettingsTest, NamesEncryptionAccessAndStorageClass) {
  HttpFields fields;
  AddCreationFields({.encryption = "aws:kms",
                     .kms_key_id = "k",
                     .acl = "private",
                     .storage_class = "STANDARD_IA"},
                    fields);
  EXPECT_EQ(Text(fields),
            "x-amz-acl=private\nx-amz-storage-class=STANDARD_IA\n"
            "x-amz-server-side-encryption=aws:kms\n"
            "x-amz-server-side-encryption-aws-kms-key-id=k\n");
}

TEST(S3ObjectSettingsTest, ACustomersKeyGoesWithItsDigestAndInsteadOfTheServersOwn) {
  const S3ObjectSettings settings{.encryption = "AES256", .customer_key = Secret(kKey)};
  ASSERT_TRUE(CheckS3ObjectSettings(settings));
  HttpFields created, read;
  AddCreationFields(settings, created);
  AddCustomerKey(settings, read);
  const std::string expected =
      std::string("x-amz-server-side-encryption-customer-algorithm=AES256\n") +
      "x-amz-server-side-encryption-customer-key=" + kKey + "\n" +
      "x-amz-server-side-encryption-customer-key-MD5=" + kKeyMd5 + "\n";
  EXPECT_EQ(Text(created), expected);
  EXPECT_EQ(Text(read), expected);
}

TEST(S3ObjectSettingsTest, RefusesKeysThatDoNotFitAndDoesNotShowThem) {
  for (const char* key : {"hush", "aHVzaA==", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
                          " DEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}) {
    const Status checked =
        CheckS3ObjectSettings({.encryption = "AES256", .customer_key = Secret(key)});
    ASSERT_EQ(KindOf(checked), ErrorKind::kInvalidArgument) << key;
    EXPECT_THAT(checked.error().message(), Not(HasSubstr(key)));
  }
  EXPECT_EQ(KindOf(CheckS3ObjectSettings({.customer_key = Secret(kKey)})),
            ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(CheckS3ObjectSettings({.encryption = "AES256", .kms_key_id = "k"})),
            ErrorKind::kInvalidArgument);
}

TEST(S3FieldsTest, TagsAreOneEncodedField) {
  HttpFields fields;
  AddPutOptions({.tags = {{"startOffset", "1"}, {"a b", "c&d=e"}}}, fields);
  EXPECT_EQ(Text(fields), "x-amz-tagging=startOffset=1&a%20b=c%26d%3De\n");
}

}  // namespace
}  // namespace pinlake
