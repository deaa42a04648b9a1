#include "store/s3/s3_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/s3/s3_location.h"
#include "store/s3/xml.h"
#include "tests/support/kind_of.h"

namespace pinlake {
namespace {

TEST(XmlTest, ReadsElementsTextEntitiesAndCdata) {
  const auto root = ParseXml(
      "\xef\xbb\xbf<?xml version='1.0'?><!-- c -->\n<a x=\"1\" y='>'>\n <b>1 "
      "&lt;&amp;&gt;&quot;&apos;&#228;&#x1F4CC;</b>"
      "<c/><b><![CDATA[<x>&]]></b> </a>\n");
  ASSERT_TRUE(root) << root.error().message();
  EXPECT_EQ(root->name, "a");
  EXPECT_EQ(root->text, "");
  EXPECT_EQ(root->Text("b"), "1 <&>\"'\xc3\xa4\xf0\x9f\x93\x8c");
  EXPECT_EQ(root->children.at(2).text, "<x>&");
  EXPECT_EQ(root->Find("none"), nullptr);
}

TEST(XmlTest, RefusesWhatItDoesNotUnderstand) {
  std::string deep;
  for (int i = 0; i < 17; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string(""), std::string("x"), std::string("<a>"), std::string("<a></b>"),
        std::string("<a/>x"), std::string("<a/><b/>"), std::string("<a>&x;</a>"),
        std::string("<a>&lt</a>"), std::string("<a>&#xD800;</a>"), std::string("<a>&#x110000;</a>"),
        std::string("<a>&#;</a>"), std::string("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"),
        std::string("<a b></a>"), std::string("<a b=c></a>"), std::string("<a b='c></a>"),
        std::string("<a><!-- </a>"), std::string("< a/>"), deep}) {
    EXPECT_EQ(KindOf(ParseXml(text)), ErrorKind::kCorruption) << text;
  }
}

TEST(XmlTest, WhatItRendersItReads) {
  const XmlElement root{"r", "", {{"k", " a&b<c>\"\r\n", {}}, {"e", "", {{"x", "1", {}}}}}};
  EXPECT_EQ(ParseXml(RenderXml(root)), root);
}

TEST(S3AnswersTest, ReadsAListOfObjects) {
  const auto list = ParseListObjects(
      "<ListBucketResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true</IsTruncated>"
      "<Contents><Key>pre/</Key><Size>0</Size></Contents>"
      "<Contents><Key>pre/a&amp;b</Key><LastModified>2013-05-24T00:00:00.250Z</LastModified>"
      "<ETag>&quot;abc-2&quot;</ETag><Size>12</Size></Contents></ListBucketResult>",
      4);
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_TRUE(list->truncated);
  ASSERT_EQ(list->page.objects.size(), 1u);
  const ObjectInfo& object = list->page.objects[0];
  EXPECT_EQ(object.key, ObjectKey("a&b"));
  EXPECT_EQ(object.size, 12u);
  EXPECT_EQ(object.etag, "abc-2");
  EXPECT_EQ(object.modified_ms, 1'369'353'600'250);
}

TEST(S3AnswersTest, RefusesAListThatItCannotTrust) {
  for (const char* body :
       {"<Other/>",
        "<ListBucketResult><Contents><Key>ab</Key><Size>x</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key></Key><Size>1</Size></Contents></ListBucketResult>",
        "nothing"}) {
    EXPECT_EQ(KindOf(ParseListObjects(body, 1)), ErrorKind::kCorruption) << body;
  }
}

TEST(S3AnswersTest, ReadsErrorsAndNothingElse) {
  const S3Error error = ParseS3Error(
      "<Error><Code>C</Code><Message>m</Message><Region>r</Region><ServerTime>t</ServerTime></"
      "Error>");
  EXPECT_EQ(error, (S3Error{"C", "m", "r", "t"}));
  EXPECT_EQ(ParseS3Error("<html></html>"), S3Error{});
  EXPECT_EQ(ParseS3Error(""), S3Error{});
}

TEST(S3AnswersTest, ReadsTimes) {
  EXPECT_EQ(ParseIsoTime("2013-05-24T00:00:00Z"), 1'369'353'600'000);
  EXPECT_EQ(ParseHttpTime("Fri, 24 May 2013 00:00:01 GMT"), 1'369'353'601'000);
  for (const char* bad :
       {"", "2013-05-24", "2013-13-24T00:00:00Z", "2013-02-30T00:00:00Z", "2013-05-24T24:00:00Z",
        "2013-05-24T00:00:00.xyzZ", "x013-05-24T00:00:00Z"}) {
    EXPECT_FALSE(ParseIsoTime(bad)) << bad;
  }
  EXPECT_FALSE(ParseHttpTime("Friday, 24-May-13 00:00:01 GMT"));
  EXPECT_FALSE(ParseHttpTime("Fri, 24 Mai 2013 00:00:01 GMT"));
}

TEST(S3AnswersTest, StripsQuotesOfEtags) {
  EXPECT_EQ(PlainEtag("\"abc\""), "abc");
  EXPECT_EQ(PlainEtag("W/\"abc\""), "abc");
  EXPECT_EQ(PlainEtag("abc"), "abc");
}

TEST(S3LocationTest, PutsTheBucketInThePathOrBeforeTheHost) {
  const auto at = [](std::string_view url, std::string_view endpoint, S3Addressing addressing) {
    const auto location = LocateBucket(url, endpoint, "eu-west-1", addressing);
    EXPECT_TRUE(location) << location.error().message();
    return location ? location->origin.Text() + location->ObjectPath("k e") : "";
  };
  EXPECT_EQ(at("s3://bkt/a b/", "", S3Addressing::kAuto),
            "https://bkt.s3.eu-west-1.amazonaws.com/a%20b/k%20e");
  EXPECT_EQ(at("s3://b.kt", "", S3Addressing::kAuto),
            "https://s3.eu-west-1.amazonaws.com/b.kt/k%20e");
  EXPECT_EQ(at("s3://bkt", "http://h:1", S3Addressing::kAuto), "http://h:1/bkt/k%20e");
  EXPECT_EQ(at("s3://bkt", "http://h:1/", S3Addressing::kVirtualHost), "http://bkt.h:1/k%20e");
  EXPECT_EQ(at("s3://bkt", "", S3Addressing::kPath),
            "https://s3.eu-west-1.amazonaws.com/bkt/k%20e");
  EXPECT_EQ(LocateBucket("s3://bkt/a/b//", "", "r", S3Addressing::kAuto)->Text(), "s3://bkt/a/b");
}

TEST(S3LocationTest, KnowsAmazonsOtherEndpoints) {
  const auto at = [](std::string_view url, std::string_view region, S3EndpointKind kind) {
    const auto location = LocateBucket(url, "", region, S3Addressing::kAuto, kind);
    return location ? location->origin.host : location.error().message();
  };
  EXPECT_EQ(at("s3://bkt", "eu-west-1", {.accelerate = true}), "bkt.s3-accelerate.amazonaws.com");
  EXPECT_EQ(at("s3://bkt", "eu-west-1", {.accelerate = true, .dualstack = true}),
            "bkt.s3-accelerate.dualstack.amazonaws.com");
  EXPECT_EQ(at("s3://bkt", "cn-north-1", {.dualstack = true}),
            "bkt.s3.dualstack.cn-north-1.amazonaws.com.cn");
  EXPECT_THAT(at("s3://b.kt", "eu-west-1", {.accelerate = true}),
              testing::HasSubstr("needs the bucket's name before the host"));
}

TEST(S3LocationTest, RefusesWhatIsNoPlace) {
  for (const auto& [url, endpoint] : {std::pair{"http://bkt", ""},
                                      {"s3://", ""},
                                      {"s3://b", ""},
                                      {"s3://-bkt", ""},
                                      {"s3://b..kt", ""},
                                      {"s3://b kt", ""},
                                      {"s3://bkt/\n", ""},
                                      {"s3://bkt", "h:1"},
                                      {"s3://bkt", "http://h/path"}}) {
    EXPECT_EQ(KindOf(LocateBucket(url, endpoint, "r", S3Addressing::kAuto)),
              ErrorKind::kInvalidArgument)
        << url;
  }
}

}  // namespace
}  // namespace pinlake
