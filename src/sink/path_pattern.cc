#include "sink/path_pattern.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "sink/civil_time.h"

namespace pinlake {
namespace {

constexpr std::string_view kFields = "GCxwyYeEMdDaKhHkmsSZ";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool NeedsNames(char letter, int width) {
  return letter == 'E' || letter == 'a' || (letter == 'M' && width >= 3);
}

std::string Padded(int64_t value, int width) {
  const std::string digits = fmt::format("{:0{}}", value < 0 ? -value : value, width);
  return value < 0 ? "-" + digits : digits;
}

std::string Year(int64_t year, int width) {
  return width == 2 ? Padded((year < 0 ? -year : year) % 100, 2) : Padded(year, width);
}

/// The first digits of the fraction of a second.
std::string Fraction(int ms, int width) {
  std::string digits = fmt::format("{:03}", ms);
  digits.resize(static_cast<size_t>(width), '0');
  return digits;
}

/// "+0530", with a colon if \p width is 2.
std::string ZoneOffset(int64_t offset_ms, int width) {
  const int64_t minutes = (offset_ms < 0 ? -offset_ms : offset_ms) / 60'000;
  return fmt::format("{}{:02}{}{:02}", offset_ms < 0 ? '-' : '+', minutes / 60,
                     width == 2 ? ":" : "", minutes % 60);
}

}  // namespace

Result<PathPattern> PathPattern::Make(std::string_view pattern, LocalZone zone,
                                      const std::string& locale) {
  PathPattern made(std::move(zone), nullptr);
  const auto text = [&](std::string_view more) {
    if (made.items_.empty() || made.items_.back().letter != 0) made.items_.emplace_back();
    made.items_.back().text.append(more);
  };
  bool quoted = false;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      const bool twice = i + 1 < pattern.size() && pattern[i + 1] == '\'';
      if (twice) {
        text("'");
      } else {
        quoted = !quoted;
      }
      i += twice ? 2 : 1;
    } else if (quoted || !IsLetter(c)) {
      text({&c, 1});
      ++i;
    } else {
      const size_t end = std::min(pattern.find_first_not_of(c, i), pattern.size());
      RETURN_IF_ERROR(made.AddField(c, static_cast<int>(end - i), locale));
      i = end;
    }
  }
  return made;
}

Status PathPattern::AddField(char letter, int width, const std::string& locale) {
  constexpr int kWidthMax = 100;
  if (kFields.find(letter) == std::string_view::npos || width > kWidthMax) {
    return Fail(
        ErrorKind::kInvalidArgument,
        "path.format: '{}' is no field (allowed, up to {} times: {}; other text goes between "
        "single quotes)",
        std::string(static_cast<size_t>(std::min(width, kWidthMax)), letter), kWidthMax, kFields);
  }
  if (NeedsNames(letter, width) && names_ == nullptr) {
    names_ = NamesOfLocale(locale);
    if (names_ == nullptr) {
      return Fail(ErrorKind::kInvalidArgument,
                  "locale: the names of '{}' are not known here; use fields of numbers in "
                  "path.format, or another language (en, fr, de, es)",
                  locale);
    }
  }
  items_.push_back({letter, width, {}});
  return {};
}

std::string PathPattern::Format(int64_t utc_ms) const {
  const int64_t offset = zone_.OffsetAt(utc_ms);
  const CivilTime at = ToCivil(utc_ms + offset);
  std::string out;
  for (const Item& item : items_) {
    switch (item.letter) {
      case 0:
        out += item.text;
        break;
      case 'G':
        out += at.year > 0 ? "AD" : "BC";
        break;
      case 'C':
        out += Padded((at.year > 0 ? at.year : 1 - at.year) / 100, item.width);
        break;
      case 'Y':
        out += Year(at.year > 0 ? at.year : 1 - at.year, item.width);
        break;
      case 'y':
        out += Year(at.year, item.width);
        break;
      case 'x':
        out += Year(at.week_year, item.width);
        break;
      case 'w':
        out += Padded(at.week, item.width);
        break;
      case 'e':
        out += Padded(at.weekday, item.width);
        break;
      case 'E':
        out += (item.width >= 4 ? names_->days : names_->short_days)[at.weekday - 1];
        break;
      case 'M':
        if (item.width < 3) {
          out += Padded(at.month, item.width);
        } else {
          out += (item.width == 3 ? names_->short_months : names_->months)[at.month - 1];
        }
        break;
      case 'd':
        out += Padded(at.day, item.width);
        break;
      case 'D':
        out += Padded(at.day_of_year, item.width);
        break;
      case 'a':
        out += names_->halfdays[at.hour / 12];
        break;
      case 'K':
        out += Padded(at.hour % 12, item.width);
        break;
      case 'h':
        out += Padded(at.hour % 12 == 0 ? 12 : at.hour % 12, item.width);
        break;
      case 'H':
        out += Padded(at.hour, item.width);
        break;
      case 'k':
        out += Padded(at.hour == 0 ? 24 : at.hour, item.width);
        break;
      case 'm':
        out += Padded(at.minute, item.width);
        break;
      case 's':
        out += Padded(at.second, item.width);
        break;
      case 'S':
        out += Fraction(at.ms, item.width);
        break;
      case 'Z':
        out += item.width >= 3 ? zone_.name() : ZoneOffset(offset, item.width);
        break;
      default:
        CHECK(false, "AddField lets no other letter in");
    }
  }
  return out;
}

}  // namespace pinlake
