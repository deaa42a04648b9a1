// Names of months and days as Java's locales have them, for text fields of path.format.
#pragma once

#include <array>
#include <string_view>

namespace pinlake {

struct LocaleNames {
  std::string_view language;
  std::array<std::string_view, 12> months, short_months;
  std::array<std::string_view, 7> days, short_days;  ///< Monday first
  std::array<std::string_view, 2> halfdays;
};

/// The names that the original uses for `locale`. It makes a Java locale whose *language* is the
/// whole text: "fr" is French, and "fr-FR" or "en-US" no language, which means short English names.
/// Null: a language that Java knows names of and this table does not.
const LocaleNames* NamesOfLocale(std::string_view locale);

}  // namespace pinlake
