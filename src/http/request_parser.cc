#include "http/request_parser.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>

namespace pinlake {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

// A chunked body has at least this before its end. Beast asserts that it is there once it has seen
// the line "0", so it gets no less: a client that sends these bytes one by one must not end us.
constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string_view View(string_view text) { return {text.data(), text.size()}; }

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
  }
  return true;
}

// What Beast's code means to the one who sent the request.
Refusal FromCode(const error_code& ec, const RequestLimits& limits) {
  if (ec == http::error::header_limit) {
    return {431,
            fmt::format("The request's head is larger than {} bytes.", limits.header_bytes_max)};
  }
  if (ec == http::error::bad_version) return {505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
  if (ec == http::error::bad_method) return {400, "The request line has no valid method."};
  if (ec == http::error::bad_target) return {400, "The request line has no valid target."};
  if (ec == http::error::bad_content_length) return {400, "Content-Length is not one number."};
  if (ec == http::error::bad_transfer_encoding) {
    return {400, "Transfer-Encoding is given twice, or beside a Content-Length."};
  }
  if (ec == http::error::bad_chunk || ec == http::error::bad_chunk_extension) {
    return {400, "The chunked body is malformed."};
  }
  if (ec == http::error::bad_line_ending) return {400, "A line does not end with CR LF."};
  return {400, "A header field is malformed."};
}

}  // namespace

// Beast's virtual parser without its message containers.
class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  Impl(const RequestLimits& limits, std::shared_ptr<BodyAccount> account)
      : account_(std::move(account)), limits_(limits) {
    request_.body = LeasedBody(account_);
    header_limit(limits.header_bytes_max);
    body_limit(boost::none);  // counted here, to name the limit in the answer
    eager(false);
  }

  Fed Feed(std::string_view data) {
    size_t used = 0;
    if (!got_some()) {
      // An empty line before a request is allowed (RFC 9112, 2.2).
      while (used + 1 < data.size() && data[used] == '\r' && data[used + 1] == '\n') used += 2;
      if (used == data.size() || data.substr(used) == "\r") return {Step::kNeedMore, used};
    }
    const bool had_head = is_header_done();
    if (had_head && is_done()) return {Step::kDone, 0};
    while (used < data.size()) {
      if (had_head && chunked() && data.size() - used < kLastChunk.size()) break;
      error_code ec;
      const size_t taken =
          put(boost::asio::const_buffer(data.data() + used, data.size() - used), ec);
      used += taken;
      if (ec == http::error::need_more) break;
      if (ec) return Refused(ec, used);
      if (!had_head && is_header_done()) return AfterHead(used);
      if (is_done()) return {Step::kDone, used};
      if (taken == 0) break;
    }
    return {Step::kNeedMore, used};
  }

  const std::shared_ptr<BodyAccount> account_;
  ServerRequest request_;
  std::optional<Refusal> refusal_;

 private:
  Fed AfterHead(size_t used) {
    if (request_.head.http11() && request_.head.Count("host") != 1) {
      refusal_ = Refusal{400, "A request needs exactly one Host field."};
      return {Step::kRefused, used};
    }
    const auto length = content_length();
    if (length && *length > limits_.body_bytes_max) return TooLarge(used);
    expected_ = length ? *length : std::numeric_limits<uint64_t>::max();
    eager(true);
    return {Step::kHead, used};
  }
  Fed TooLarge(size_t used) {
    refusal_ =
        Refusal{413, fmt::format("The body is larger than {} bytes.", limits_.body_bytes_max)};
    return {Step::kRefused, used};
  }
  Fed Refused(const error_code& ec, size_t used) {
    if (!refusal_) refusal_ = FromCode(ec, limits_);
    return {Step::kRefused, used};
  }
  void Refuse(int status, std::string sentence, error_code& ec) {
    refusal_ = Refusal{status, std::move(sentence)};
    ec = http::error::bad_value;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    ec = {};
    if (version != 10 && version != 11) {
      ec = http::error::bad_version;
      return;
    }
    request_.head.SetStart(View(method), View(target), version == 11);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override {
    ec = {};
    if (is_header_done()) return;  // a trailer: nothing here needs one
    const std::string_view text = View(value);
    const std::string_view field = View(name);
    if (EqualsLower(field, "content-length")) {
      if (request_.head.Find("content-length") || !AllDigits(text)) {
        return Refuse(400, "Content-Length is not one number.", ec);
      }
    } else if (EqualsLower(field, "transfer-encoding")) {
      if (request_.head.Find("content-length") || request_.head.Find("transfer-encoding")) {
        ec = http::error::bad_transfer_encoding;
        return;
      }
      // What is not understood can't be framed, so it must not be guessed at.
      if (!EqualsLower(text, "chunked") || !request_.head.http11()) {
        return Refuse(501, "The only Transfer-Encoding understood here is chunked.", ec);
      }
    }
    request_.head.AddField(field, text);
  }
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& ec) override {
    ec = {};
  }
  size_t on_body_impl(string_view piece, error_code& ec) override { return TakeBody(piece, ec); }
  void on_chunk_header_impl(uint64_t, string_view, error_code& ec) override { ec = {}; }
  size_t on_chunk_body_impl(uint64_t, string_view piece, error_code& ec) override {
    return TakeBody(piece, ec);
  }
  void on_finish_impl(error_code& ec) override { ec = {}; }

  size_t TakeBody(string_view piece, error_code& ec) {
    ec = {};
    if (request_.body.text().size() + piece.size() > limits_.body_bytes_max) {
      TooLarge(0);
      ec = http::error::body_limit;
    } else if (!request_.body.Append(View(piece), expected_)) {
      Refuse(429, "Too many bytes of requests are in memory; try again later.", ec);
    }
    return ec ? 0 : piece.size();
  }

  const RequestLimits& limits_;
  uint64_t expected_ = 0;
};

RequestParser::RequestParser(const RequestLimits& limits) : limits_(limits) {}
RequestParser::~RequestParser() = default;

void RequestParser::Begin(std::shared_ptr<BodyAccount> account) {
  impl_ = std::make_unique<Impl>(limits_, std::move(account));
}

RequestParser::Fed RequestParser::Feed(std::string_view data) { return impl_->Feed(data); }
const Refusal& RequestParser::refusal() const { return *impl_->refusal_; }
const RequestHead& RequestParser::head() const { return impl_->request_.head; }
bool RequestParser::keep_alive() const { return impl_->keep_alive(); }
bool RequestParser::expects_body() const { return !impl_->is_done(); }
bool RequestParser::expects_continue() const {
  const auto expect = head().Find("expect");
  return expect && head().http11() && EqualsLower(*expect, "100-continue");
}
uint64_t RequestParser::body_bytes() const { return impl_->request_.body.text().size(); }
ServerRequest RequestParser::TakeHead() {
  ServerRequest request;
  request.head = impl_->request_.head;
  request.body = LeasedBody(impl_->account_);
  return request;
}
std::string RequestParser::TakeBody() { return std::exchange(impl_->request_.body.text(), {}); }
ServerRequest RequestParser::Take() { return std::move(impl_->request_); }

}  // namespace pinlake
