#include "aws/iso_time.h"

#include <charconv>
#include <chrono>

namespace pinlake {
namespace {

std::optional<int> Number(std::string_view text, size_t at, size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  const char* end = text.data() + at + digits;
  const auto [stop, error] = std::from_chars(text.data() + at, end, value);
  if (error != std::errc() || stop != end || text[at] == '-') return std::nullopt;
  return value;
}

}  // namespace

std::optional<int64_t> ParseIsoTime(std::string_view text) {
  using namespace std::chrono;
  const auto y = Number(text, 0, 4), mo = Number(text, 5, 2), d = Number(text, 8, 2);
  const auto h = Number(text, 11, 2), mi = Number(text, 14, 2), s = Number(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  size_t at = 19;
  int64_t ms = 0;
  if (at < text.size() && text[at] == '.') {
    int64_t scale = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      ms += (text[at] - '0') * scale;
  }
  if (text.substr(at) != "Z") return std::nullopt;
  const year_month_day date(year(*y), month(static_cast<unsigned>(*mo)),
                            day(static_cast<unsigned>(*d)));
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  const auto seconds =
      sys_days(date).time_since_epoch() + hours(*h) + minutes(*mi) + std::chrono::seconds(*s);
  return duration_cast<milliseconds>(seconds).count() + ms;
}

}  // namespace pinlake
