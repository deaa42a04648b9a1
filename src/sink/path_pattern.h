// `path.format`: a moment as the directories that it names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sink/local_zone.h"
#include "sink/locale_names.h"

namespace pinlake {

/// A Joda-Time pattern in a zone. `YYYY` is the plain year. Immutable, thread-safe.
/// \see DateTimeFormat.forPattern of Joda-Time
class PathPattern {
 public:
  /// kInvalidArgument: a letter that is no field, or text fields in a language without names here.
  static Result<PathPattern> Make(std::string_view pattern, LocalZone zone,
                                  const std::string& locale);

  std::string Format(int64_t utc_ms) const;

 private:
  struct Item {
    char letter = 0;  ///< 0: text
    int width = 0;
    std::string text;
  };
  PathPattern(LocalZone zone, const LocaleNames* names) : zone_(std::move(zone)), names_(names) {}
  Status AddField(char letter, int width, const std::string& locale);

  LocalZone zone_;
  const LocaleNames* names_;  ///< null: no item needs them
  std::vector<Item> items_;
};

}  // namespace pinlake
