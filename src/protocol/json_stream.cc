#include "protocol/json_stream.h"

#include <fmt/format.h>

#include <utility>

#include "protocol/json_scanner.h"

namespace pinlake {

bool JsonStreamSplitter::Wrong(std::string what) {
  error_ = std::move(what);
  value_.clear();
  return false;
}

bool JsonStreamSplitter::Feed(std::string_view bytes, std::vector<std::string>* values) {
  if (!error_.empty()) return false;
  size_t begin = 0;  // of what belongs to the value and is not in value_ yet
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (depth_ == 0) {
      begin = i;
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
      if (c != '{' && c != '[') return Wrong("a record must be a JSON object");
      depth_ = 1;
      continue;
    }
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      if (++depth_ > kJsonScanDepthMax) return Wrong("a record is nested too deeply");
    } else if (c == '}' || c == ']') {
      if (--depth_ > 0) continue;
      value_.append(bytes.substr(begin, i + 1 - begin));
      if (value_.size() > value_bytes_max_) break;
      values->push_back(std::exchange(value_, {}));
    }
  }
  if (depth_ > 0) value_.append(bytes.substr(begin));
  if (value_.size() <= value_bytes_max_) return true;
  too_long_ = true;
  return Wrong(fmt::format("a record is longer than {} bytes", value_bytes_max_));
}

bool JsonStreamSplitter::End() {
  if (!error_.empty()) return false;
  return depth_ == 0 || Wrong("the body ends in the middle of a record");
}

}  // namespace pinlake
