#include "http/url.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

TEST(HttpUrlTest, ReadsSchemeHostPortAndTarget) {
  const auto url = ParseHttpUrl("https://Example.com:8443/a/b?c=d");
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_EQ(url->origin, (HttpOrigin{.tls = true, .host = "example.com", .port = 8443}));
  EXPECT_EQ(url->target, "/a/b?c=d");
}

TEST(HttpUrlTest, GivesTheSchemesPortAndARootTarget) {
  EXPECT_EQ(ParseHttpUrl("http://h")->origin.port, 80);
  EXPECT_EQ(ParseHttpUrl("https://h")->origin.port, 443);
  EXPECT_EQ(ParseHttpUrl("http://h")->target, "/");
  EXPECT_EQ(ParseHttpUrl("http://h?x=1")->target, "/?x=1");
}

TEST(HttpUrlTest, HostFieldLeavesOutTheSchemesPort) {
  EXPECT_EQ(ParseHttpUrl("http://h:80")->origin.HostField(), "h");
  EXPECT_EQ(ParseHttpUrl("http://h:81")->origin.HostField(), "h:81");
  EXPECT_EQ(ParseHttpUrl("http://[::1]:81")->origin.HostField(), "[::1]:81");
  EXPECT_EQ(ParseHttpUrl("https://[::1]")->origin.Text(), "https://[::1]");
}

TEST(HttpUrlTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* text :
       {"", "ftp://h", "h:80", "http://", "http://:80", "http://h:", "http://h:0", "http://h:65536",
        "http://h:x", "http://u:p@h", "http://h/#f", "http://h/ x", "http://h\r\n", "http://[::1",
        "http://[x]", "http://[::1]x", "http://h!"}) {
    const auto url = ParseHttpUrl(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind(), ErrorKind::kInvalidArgument);
  }
}

TEST(HttpUrlTest, NeverRepeatsACredentialInAMessage) {
  EXPECT_EQ(ParseHttpUrl("http://u:secret@h").error().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace pinlake
