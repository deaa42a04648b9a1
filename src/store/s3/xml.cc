#include "store/s3/xml.h"

#include <algorithm>
#include <charconv>

namespace pinlake {
namespace {

constexpr int kDepthMax = 16;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsBlankText(std::string_view text) { return std::ranges::all_of(text, IsBlank); }

bool IsNameCharacter(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
         c == ':';
}

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3f)));
  };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (code >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

tl::unexpected<Error> NotXml(std::string_view why) {
  return Fail(ErrorKind::kCorruption, "the answer is not the XML of S3: {}", why);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  Result<XmlElement> Document() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    RETURN_IF_ERROR(SkipOutside());
    if (!Take("<")) return NotXml("no root element");
    XmlElement root;
    RETURN_IF_ERROR(Element(root, 1));
    RETURN_IF_ERROR(SkipOutside());
    if (!rest_.empty()) return NotXml("something behind the root element");
    return root;
  }

 private:
  bool Take(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  void SkipBlanks() {
    while (!rest_.empty() && IsBlank(rest_.front())) rest_.remove_prefix(1);
  }

  /// What is before \p end, which is passed over.
  Result<std::string_view> Until(std::string_view end) {
    const size_t at = rest_.find(end);
    if (at == rest_.npos) return NotXml(fmt::format("'{}' is missing", end));
    const std::string_view before = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return before;
  }

  /// Blanks, comments and instructions outside the root.
  Status SkipOutside() {
    while (true) {
      SkipBlanks();
      if (Take("<?")) {
        RETURN_IF_ERROR(Until("?>"));
      } else if (Take("<!--")) {
        RETURN_IF_ERROR(Until("-->"));
      } else {
        return {};
      }
    }
  }

  Result<std::string> Name() {
    const auto end = std::ranges::find_if_not(rest_, IsNameCharacter);
    const auto length = static_cast<size_t>(end - rest_.begin());
    if (length == 0) return NotXml("a tag without a name");
    std::string name(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return name;
  }

  /// Behind the '<' of its start tag.
  Status Element(XmlElement& element, int depth) {
    if (depth > kDepthMax) return NotXml("too deep");
    ASSIGN_OR_RETURN(element.name, Name());
    RETURN_IF_ERROR(SkipAttributes());
    if (Take("/>")) return {};
    if (!Take(">")) return NotXml("a tag without '>'");
    RETURN_IF_ERROR(Content(element, depth));
    ASSIGN_OR_RETURN(const std::string name, Name());
    SkipBlanks();
    if (name != element.name || !Take(">")) return NotXml("tags do not match");
    if (!element.children.empty() && IsBlankText(element.text)) element.text.clear();
    return {};
  }

  Status SkipAttributes() {
    SkipBlanks();
    while (!rest_.empty() && rest_.front() != '>' && rest_.front() != '/') {
      RETURN_IF_ERROR(Name());
      SkipBlanks();
      if (!Take("=")) return NotXml("an attribute without a value");
      SkipBlanks();
      const std::string_view quote = rest_.substr(0, 1);
      if (quote != "\"" && quote != "'") return NotXml("an attribute without quotes");
      rest_.remove_prefix(1);
      RETURN_IF_ERROR(Until(quote));
      SkipBlanks();
    }
    return {};
  }

  /// Up to and with "</".
  Status Content(XmlElement& element, int depth) {
    while (true) {
      const size_t tag = rest_.find('<');
      if (tag == rest_.npos) return NotXml("an element without an end");
      RETURN_IF_ERROR(Unescape(rest_.substr(0, tag), element.text));
      rest_.remove_prefix(tag);
      if (Take("</")) return {};
      if (Take("<![CDATA[")) {
        ASSIGN_OR_RETURN(const std::string_view data, Until("]]>"));
        element.text.append(data);
      } else if (Take("<!--")) {
        RETURN_IF_ERROR(Until("-->"));
      } else if (Take("<?")) {
        RETURN_IF_ERROR(Until("?>"));
      } else {
        rest_.remove_prefix(1);
        RETURN_IF_ERROR(Element(element.children.emplace_back(), depth + 1));
      }
    }
  }

  static Status Unescape(std::string_view text, std::string& out) {
    while (!text.empty()) {
      const size_t ampersand = std::min(text.find('&'), text.size());
      out.append(text.substr(0, ampersand));
      text.remove_prefix(ampersand);
      if (text.empty()) return {};
      const size_t end = text.substr(0, 16).find(';');
      if (end == text.npos) return NotXml("'&' without ';'");
      RETURN_IF_ERROR(Entity(text.substr(1, end - 1), out));
      text.remove_prefix(end + 1);
    }
    return {};
  }

  static Status Entity(std::string_view name, std::string& out) {
    if (name.starts_with('#')) return NumericEntity(name.substr(1), out);
    for (const auto& [entity, c] :
         {std::pair{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}) {
      if (name != entity) continue;
      out.push_back(c);
      return {};
    }
    return NotXml(fmt::format("unknown entity {}", name));
  }

  static Status NumericEntity(std::string_view digits, std::string& out) {
    const bool hexadecimal = digits.starts_with('x');
    if (hexadecimal) digits.remove_prefix(1);
    uint32_t code = 0;
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, code, hexadecimal ? 16 : 10);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end || surrogate ||
        code > 0x10ffff) {
      return NotXml("a bad numeric entity");
    }
    AppendUtf8(code, out);
    return {};
  }

  std::string_view rest_;
};

void Render(const XmlElement& element, std::string& out) {
  out.append("<").append(element.name).append(">").append(EscapeXml(element.text));
  for (const XmlElement& child : element.children) Render(child, out);
  out.append("</").append(element.name).append(">");
}

}  // namespace

const XmlElement* XmlElement::Find(std::string_view child) const {
  const auto at = std::ranges::find(children, child, &XmlElement::name);
  return at == children.end() ? nullptr : &*at;
}

std::string_view XmlElement::Text(std::string_view child) const {
  const XmlElement* found = Find(child);
  return found != nullptr ? std::string_view(found->text) : std::string_view();
}

Result<XmlElement> ParseXml(std::string_view text) { return Parser(text).Document(); }

std::string EscapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\r':
        out.append("&#13;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string RenderXml(const XmlElement& root) {
  std::string out;
  Render(root, out);
  return out;
}

}  // namespace pinlake
