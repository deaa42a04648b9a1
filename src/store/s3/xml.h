// As much XML as the answers of S3 servers have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake {

/// An element without its attributes; namespace prefixes are part of the name.
struct XmlElement {
  std::string name;
  std::string text;  ///< of this element itself; between children only blanks are dropped
  std::vector<XmlElement> children;

  /// The first child of that name; null if there is none.
  const XmlElement* Find(std::string_view child) const;
  /// Its text, or empty.
  std::string_view Text(std::string_view child) const;
  bool operator==(const XmlElement&) const = default;
};

/// Reads one document. Understands elements, attributes (skipped), text, the five named entities,
/// numeric ones, comments, CDATA and processing instructions. kCorruption: anything else (so also a
/// DOCTYPE and its entities), text outside the root, tags that do not match, over 16 levels deep.
Result<XmlElement> ParseXml(std::string_view text);

/// \p text with &, <, >, quotes and carriage return escaped.
std::string EscapeXml(std::string_view text);
/// The document that reads back as \p root.
std::string RenderXml(const XmlElement& root);

}  // namespace pinlake
