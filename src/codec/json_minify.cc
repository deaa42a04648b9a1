#include "codec/json_minify.h"

#include <algorithm>
#include <cstring>

#include "codec/json.h"
#include "codec/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pinlake {
namespace {

constexpr size_t kBlock = 16;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
/// What may not stand directly behind a literal.
bool IsWordPart(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Reads `in_`, writes `out_`, which has room for all of the input and one block more.
class Minifying {
 public:
  Minifying(std::string_view text, char* out, MemberSet* members, std::string* open)
      : begin_(text.data()),
        in_(begin_),
        end_(begin_ + text.size()),
        out_(out),
        out_begin_(out),
        members_(*members),
        open_(*open) {
    members_.Clear();
    open_.clear();
  }

  bool SkipMarkAndSpace() {
    if (std::string_view(in_, end_).starts_with("\xEF\xBB\xBF")) in_ += 3;
    SkipSpace();
    return in_ < end_;
  }

  bool Value();
  size_t written() const { return static_cast<size_t>(out_ - out_begin_); }
  Error error() const {
    return {ErrorKind::kInvalidArgument,
            fmt::format("JSON at byte {}: {}", error_at_ - begin_, what_)};
  }

 private:
  struct OpenObject {
    size_t out_begin;
    size_t members_begin;
  };

  bool Wrong(const char* what) { return WrongAt(in_, what); }
  bool WrongAt(const char* at, const char* what) {
    error_at_ = at;
    what_ = what;
    return false;
  }
  bool Unexpected() {
    return Wrong(in_ == end_ ? "the text ends inside a value" : "unexpected character");
  }

  void SkipSpace() {
    while (in_ < end_ && IsSpace(*in_)) ++in_;
  }
  bool Open();
  bool Key();
  bool Close();
  bool AfterValue(bool* done);
  bool Scalar();
  bool String();
  bool Escape();
  bool Utf8();
  void CopyPlain();
  bool Number();
  bool Digits();
  bool Literal(std::string_view word);

  const char* const begin_;
  const char* in_;
  const char* const end_;
  char* out_;
  char* const out_begin_;
  MemberSet& members_;
  std::string& open_;
  std::vector<OpenObject> objects_;
  const char* error_at_ = nullptr;
  const char* what_ = "";
};

bool Minifying::Value() {
  for (;;) {
    SkipSpace();
    if (in_ == end_) return Unexpected();
    if (*in_ == '{' || *in_ == '[') {
      if (!Open()) return false;
      SkipSpace();
      const bool empty = in_ < end_ && *in_ == (open_.back() == '{' ? '}' : ']');
      if (!empty) {
        if (open_.back() == '{' && !Key()) return false;
        continue;
      }
      Close();
    } else if (!Scalar()) {
      return false;
    }
    bool done = false;
    if (!AfterValue(&done) || done) return done;
  }
}

bool Minifying::Open() {
  if (open_.size() == static_cast<size_t>(kJsonDepthMax)) return Wrong("nested too deep");
  if (*in_ == '{') objects_.push_back({written(), members_.size()});
  open_ += *in_;
  *out_++ = *in_++;
  return true;
}

/// A member's name and its colon.
bool Minifying::Key() {
  SkipSpace();
  if (in_ == end_ || *in_ != '"') return Unexpected();
  MemberSet::Member member;
  member.key_begin = written();
  if (!String()) return false;
  member.key_end = written();
  const std::string_view quoted(out_begin_ + member.key_begin, member.key_end - member.key_begin);
  member.hash = quoted.find('\\') == std::string_view::npos
                    ? HashOfName(quoted.substr(1, quoted.size() - 2))
                    : HashOfName(UnescapeJsonString(quoted));
  members_.Add(member);
  SkipSpace();
  if (in_ == end_ || *in_ != ':') return Unexpected();
  *out_++ = *in_++;
  return true;
}

/// Takes a closing bracket.
bool Minifying::Close() {
  if (*in_ != (open_.back() == '{' ? '}' : ']')) return Unexpected();
  *out_++ = *in_++;
  if (open_.back() == '{') {
    const OpenObject object = objects_.back();
    objects_.pop_back();
    if (members_.MayRepeat(object.members_begin))
      out_ = out_begin_ + members_.KeepLast(object.members_begin, object.out_begin, out_begin_);
    members_.PopTo(object.members_begin);
  }
  open_.pop_back();
  return true;
}

/// Behind a value: closes what ends here, takes the comma and the next name.
bool Minifying::AfterValue(bool* done) {
  while (!open_.empty()) {
    if (open_.back() == '{') members_.back().value_end = written();
    SkipSpace();
    if (in_ == end_) return Unexpected();
    if (*in_ == ',') {
      *out_++ = *in_++;
      return open_.back() == '[' || Key();
    }
    if (!Close()) return false;
  }
  *done = true;
  return true;
}

bool Minifying::Scalar() {
  switch (*in_) {
    case '"':
      return String();
    case 't':
      return Literal("true");
    case 'f':
      return Literal("false");
    case 'n':
      return Literal("null");
  }
  return *in_ == '-' || IsDigit(*in_) ? Number() : Unexpected();
}

bool Minifying::Literal(std::string_view word) {
  const std::string_view rest(in_, end_);
  if (!rest.starts_with(word) || (rest.size() > word.size() && IsWordPart(rest[word.size()])))
    return Unexpected();
  std::memcpy(out_, word.data(), word.size());
  out_ += word.size();
  in_ += word.size();
  return true;
}

bool Minifying::Digits() {
  if (in_ == end_ || !IsDigit(*in_)) return Unexpected();
  while (in_ < end_ && IsDigit(*in_)) *out_++ = *in_++;
  return true;
}

bool Minifying::Number() {
  if (*in_ == '-') *out_++ = *in_++;
  while (end_ - in_ > 1 && in_[0] == '0' && IsDigit(in_[1])) ++in_;
  if (!Digits()) return false;
  if (in_ < end_ && *in_ == '.') {
    *out_++ = *in_++;
    if (!Digits()) return false;
  }
  if (in_ < end_ && (*in_ == 'e' || *in_ == 'E')) {
    *out_++ = *in_++;
    if (in_ < end_ && (*in_ == '+' || *in_ == '-')) *out_++ = *in_++;
    if (!Digits()) return false;
  }
  // Inside a container the next character is looked at anyway.
  return !open_.empty() || in_ == end_ || IsSpace(*in_) || Unexpected();
}

bool Minifying::Escape() {
  const size_t left = static_cast<size_t>(end_ - in_);
  if (left < 2) return WrongAt(end_, "the text ends inside a value");
  size_t length = 2;
  if (in_[1] == 'u') {
    length = 6;
    for (size_t i = 2; i < length; ++i)
      if (i >= left || !IsHex(in_[i])) return WrongAt(in_ + std::min(i, left), "broken \\u escape");
  } else if (std::string_view("\"\\/bfnrt").find(in_[1]) == std::string_view::npos) {
    return WrongAt(in_ + 1, "unknown escape");
  }
  std::memcpy(out_, in_, length);
  out_ += length;
  in_ += length;
  return true;
}

/// Copies what needs no look: neither quote, backslash, control character nor beyond ASCII.
void Minifying::CopyPlain() {
#if defined(__SSE2__)
  while (static_cast<size_t>(end_ - in_) >= kBlock) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in_));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out_), block);
    // As signed bytes, those beyond ASCII are less than ' ' too.
    const __m128i special = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(' ')),
                                         _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                                      _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
    const int mask = _mm_movemask_epi8(special);
    const int plain =
        mask == 0 ? static_cast<int>(kBlock) : __builtin_ctz(static_cast<unsigned>(mask));
    in_ += plain;
    out_ += plain;
    if (mask != 0) return;
  }
#endif
  while (in_ < end_ && *in_ >= ' ' && *in_ != '"' && *in_ != '\\') *out_++ = *in_++;
}

bool Minifying::String() {
  *out_++ = *in_++;
  for (;;) {
    CopyPlain();
    if (in_ == end_) return Unexpected();
    const auto byte = static_cast<unsigned char>(*in_);
    if (byte == '"') break;
    if (byte == '\\') {
      if (!Escape()) return false;
    } else if (byte < 0x80) {
      return Wrong("control character in a string");
    } else if (!Utf8()) {
      return false;
    }
  }
  *out_++ = *in_++;
  return true;
}

bool Minifying::Utf8() {
  while (in_ < end_ && static_cast<unsigned char>(*in_) >= 0x80) {
    const size_t length = Utf8Length({in_, static_cast<size_t>(end_ - in_)});
    if (length == 0) return Wrong("invalid UTF-8");
    for (size_t i = 0; i < length; ++i) *out_++ = *in_++;
  }
  return true;
}

}  // namespace

Result<bool> JsonMinifier::Append(std::string_view text, std::string* out) {
  const size_t before = out->size();
  out->resize(before + text.size() + kBlock);
  Minifying minifying(text, out->data() + before, &members_, &open_);
  const bool any = minifying.SkipMarkAndSpace();
  if (any && !minifying.Value()) {
    out->resize(before);
    return Fail(minifying.error());
  }
  out->resize(before + (any ? minifying.written() : 0));
  return any;
}

}  // namespace pinlake
