#include "http/response_parser.h"

#include <algorithm>
#include <charconv>

namespace pinlake {
namespace {

constexpr size_t kChunkLineBytesMax = 1024;

bool IsTokenCharacter(char c) {
  if (c >= '0' && c <= '9') return true;
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename T>
bool ParseWhole(std::string_view text, T& out, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// True if the comma-separated \p list has \p word.
bool HasWord(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (EqualNoCase(Trim(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

tl::unexpected<Error> NotHttp(std::string_view why) {
  return Fail(ErrorKind::kCorruption, "the answer is not HTTP: {}", why);
}

}  // namespace

bool EqualNoCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

std::optional<std::string_view> HttpFields::Find(std::string_view name) const {
  for (const HttpField& field : all_) {
    if (EqualNoCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

Result<size_t> ResponseParser::Feed(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && state_ != State::kDone) {
    started_ = true;
    const std::string_view rest = bytes.substr(taken);
    Result<size_t> n = 0;
    switch (state_) {
      case State::kHead:
        n = FeedHead(rest);
        break;
      case State::kLength:
        n = FeedBody(rest, left_, State::kDone);
        break;
      case State::kUntilClose: {
        RETURN_IF_ERROR(CheckRoom(rest.size()));
        response_.body.append(rest);
        n = rest.size();
        break;
      }
      case State::kChunkData:
        n = FeedBody(rest, left_, State::kChunkEnd);
        break;
      case State::kChunkSize:
      case State::kChunkEnd:
      case State::kTrailer:
        n = FeedLine(rest);
        break;
      case State::kDone:
        break;
    }
    if (!n) return n;
    taken += *n;
  }
  return taken;
}

Status ResponseParser::Close() {
  if (state_ == State::kDone) return {};
  keep_alive_ = false;
  if (state_ == State::kUntilClose) {
    state_ = State::kDone;
    return {};
  }
  return Fail(ErrorKind::kCorruption, "the connection was closed within the answer");
}

Result<size_t> ResponseParser::FeedHead(std::string_view bytes) {
  // The usual case: the whole head in one piece, parsed in place.
  size_t end = pending_.empty() ? bytes.find("\r\n\r\n") : bytes.npos;
  if (end != bytes.npos && end + 4 <= limits_.head_bytes_max) {
    RETURN_IF_ERROR(ParseHead(bytes.substr(0, end + 2)));
    return end + 4;
  }
  const size_t had = pending_.size();
  const size_t room = limits_.head_bytes_max - had;
  pending_.append(bytes.substr(0, room));
  end = pending_.find("\r\n\r\n", had < 3 ? 0 : had - 3);
  if (end == pending_.npos) {
    if (bytes.size() >= room) {
      return Fail(ErrorKind::kOutOfSpace, "the head of the answer is over {} bytes",
                  limits_.head_bytes_max);
    }
    return bytes.size();
  }
  const std::string head = std::move(pending_);
  pending_.clear();
  RETURN_IF_ERROR(ParseHead(std::string_view(head).substr(0, end + 2)));
  return end + 4 - had;
}

Status ResponseParser::ParseHead(std::string_view head) {
  response_ = {};
  size_t end = head.find("\r\n");
  RETURN_IF_ERROR(ParseStatusLine(head.substr(0, end)));
  while (end + 2 < head.size()) {
    const size_t start = end + 2;
    end = head.find("\r\n", start);
    RETURN_IF_ERROR(ParseField(head.substr(start, end - start)));
  }
  return ChooseFraming();
}

Status ResponseParser::ParseStatusLine(std::string_view line) {
  const bool version_1 = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!version_1 || line.size() < 12 || !ParseWhole(line.substr(9, 3), response_.status, 10) ||
      response_.status < 100 || response_.status > 599 || (line.size() > 12 && line[12] != ' ')) {
    return NotHttp("no status line");
  }
  keep_alive_ = line[7] == '1';
  return {};
}

Status ResponseParser::ParseField(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == line.npos || colon == 0) return NotHttp("a line without a field name");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (!std::ranges::all_of(name, IsTokenCharacter)) return NotHttp("a malformed field name");
  if (value.find_first_of(std::string_view("\0\r\n", 3)) != value.npos) {
    return NotHttp("a control character in a field");
  }
  response_.fields.Add(std::string(name), std::string(value));
  return {};
}

Status ResponseParser::ChooseFraming() {
  std::optional<uint64_t> length;
  bool chunked = false;
  for (const HttpField& field : response_.fields.all()) {
    if (EqualNoCase(field.name, "content-length")) {
      uint64_t value = 0;
      if (!ParseWhole(field.value, value, 10) || length) return NotHttp("bad Content-Length");
      length = value;
    } else if (EqualNoCase(field.name, "transfer-encoding")) {
      if (chunked || !EqualNoCase(field.value, "chunked")) return NotHttp("bad Transfer-Encoding");
      chunked = true;
    } else if (EqualNoCase(field.name, "connection")) {
      if (HasWord(field.value, "close")) keep_alive_ = false;
      if (HasWord(field.value, "keep-alive")) keep_alive_ = true;
    }
  }
  const int status = response_.status;
  if (status < 200) {
    if (status == 101) return NotHttp("an unasked switch of protocols");
    state_ = State::kHead;
    return {};
  }
  if (length && chunked) return NotHttp("Content-Length and chunks");
  if (no_body_ || status == 204 || status == 304) {
    state_ = State::kDone;
  } else if (chunked) {
    state_ = State::kChunkSize;
  } else if (length) {
    RETURN_IF_ERROR(CheckRoom(*length));
    left_ = *length;
    response_.body.reserve(left_);
    state_ = left_ == 0 ? State::kDone : State::kLength;
  } else {
    keep_alive_ = false;
    state_ = State::kUntilClose;
  }
  return {};
}

Status ResponseParser::CheckRoom(uint64_t more) const {
  if (more <= limits_.body_bytes_max - response_.body.size()) return {};
  return Fail(ErrorKind::kOutOfSpace, "the body of the answer ({}) is over {} bytes",
              response_.status, limits_.body_bytes_max);
}

Result<size_t> ResponseParser::FeedBody(std::string_view bytes, uint64_t& left, State next) {
  const size_t n = std::min<uint64_t>(left, bytes.size());
  response_.body.append(bytes.substr(0, n));
  left -= n;
  if (left == 0) state_ = next;
  return n;
}

Result<size_t> ResponseParser::FeedLine(std::string_view bytes) {
  const size_t feed = bytes.find('\n');
  const size_t n = feed == bytes.npos ? bytes.size() : feed + 1;
  if (pending_.size() + n > kChunkLineBytesMax) return NotHttp("a chunk's line is too long");
  pending_.append(bytes.substr(0, n));
  if (feed == bytes.npos) return n;
  if (!pending_.ends_with("\r\n")) return NotHttp("a bare line feed");
  const std::string line = pending_.substr(0, pending_.size() - 2);
  pending_.clear();
  RETURN_IF_ERROR(OnLine(line));
  return n;
}

Status ResponseParser::OnLine(std::string_view line) {
  if (state_ == State::kChunkEnd) {
    if (!line.empty()) return NotHttp("a chunk longer than it says");
    state_ = State::kChunkSize;
  } else if (state_ == State::kChunkSize) {
    if (!ParseWhole(Trim(line.substr(0, line.find(';'))), left_, 16)) {
      return NotHttp("a bad chunk size");
    }
    RETURN_IF_ERROR(CheckRoom(left_));
    state_ = left_ == 0 ? State::kTrailer : State::kChunkData;
  } else if (line.empty()) {
    state_ = State::kDone;
  } else {
    trailer_bytes_ += line.size();
    if (trailer_bytes_ > limits_.head_bytes_max) return NotHttp("trailers without end");
  }
  return {};
}

}  // namespace pinlake
