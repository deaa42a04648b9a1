// Requests and answers as the client sees them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace pinlake {

struct HttpField {
  std::string name;
  std::string value;
  bool operator==(const HttpField&) const = default;
};

/// Header fields in the order of the message; names compare without regard to case.
class HttpFields {
 public:
  void Add(std::string name, std::string value) {
    all_.push_back({std::move(name), std::move(value)});
  }
  /// The value of the first field of that name.
  std::optional<std::string_view> Find(std::string_view name) const;
  const std::vector<HttpField>& all() const { return all_; }
  bool operator==(const HttpFields&) const = default;

 private:
  std::vector<HttpField> all_;
};

/// True if equal but for the case of ASCII letters.
bool EqualNoCase(std::string_view a, std::string_view b);

struct ClientRequest {
  std::string_view method = "GET";
  std::string target = "/";
  /// Host, Content-Length and Connection are added by the client; a Host given here wins.
  HttpFields fields;
  /// Pieces of the body, sent one after the other without a copy; they outlive the call.
  std::vector<std::string_view> body;
  /// May be sent again although it may have been executed. GET, HEAD and OPTIONS always may.
  bool repeatable = false;
  /// The whole request, connecting included; the client's own limit if none.
  std::optional<Millis> timeout;
  /// The client's own limit if none.
  std::optional<size_t> body_bytes_max;
};

struct ClientResponse {
  int status = 0;
  HttpFields fields;
  std::string body;
  bool operator==(const ClientResponse&) const = default;
};

}  // namespace pinlake
