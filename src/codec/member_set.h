// Members of JSON objects while they are written, to find names that come twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pinlake {

/// Of a name without escapes. Equal names have equal hashes; different ones nearly always not.
uint64_t HashOfName(std::string_view name);

/// A stack of members, the innermost object's on top. Places are offsets into the text that is
/// being written, which holds them one after the other: `{"a":1,"b":2}`.
class MemberSet {
 public:
  struct Member {
    uint64_t hash = 0;
    size_t key_begin = 0;  ///< of the opening quote
    size_t key_end = 0;    ///< behind the closing quote
    size_t value_end = 0;
  };

  void Clear() { members_.clear(); }
  size_t size() const { return members_.size(); }
  void Add(const Member& member) { members_.push_back(member); }
  Member& back() { return members_.back(); }
  /// Forgets the members from \p first on: their object is closed.
  void PopTo(size_t first) { members_.resize(first); }

  /// Whether two members from \p first on have the same hash.
  bool MayRepeat(size_t first);

  /// Rewrites the object at \p begin in \p text, whose members are those from \p first on and which
  /// is the last thing in the text: of equal names the last value stays, at the first one's place.
  /// \return the new end of the text. Names are compared unescaped.
  size_t KeepLast(size_t first, size_t begin, char* text) const;

 private:
  std::vector<Member> members_;
  std::vector<uint64_t> hashes_;
};

/// A JSON string with its quotes, valid, unescaped. Lone surrogates become three bytes each, as in
/// UTF-8 of other code points.
std::string UnescapeJsonString(std::string_view quoted);

}  // namespace pinlake
