#include "emulator/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/result.h"
#include "base/rng.h"
#include "emulator/dataset_words.h"

namespace pinlake {
namespace {

// Draws stand in statements of their own: the order in which arguments are evaluated differs from
// compiler to compiler, and the bytes must not.

/// What is drawn for one number: apart, so that a change of one does not move the others.
enum class Draw : uint64_t { kPin = 1, kGeo, kUser, kPoster, kPerson, kPersonOf };

Rng RngFor(uint64_t seed, Draw draw, int64_t number) {
  // Odd multipliers keep neighbours apart; Rng's splitmix64 does the mixing.
  return Rng(seed * 0x9e3779b97f4a7c15u ^ static_cast<uint64_t>(draw) * 0xd1342543de82ef95u ^
             static_cast<uint64_t>(number) * 0xa0761d6478bd642fu);
}

std::string_view Pick(Rng& rng, std::span<const std::string_view> words) {
  return words[rng.Below(words.size())];
}

/// Prefers the front of the list.
std::string_view PickSkewed(Rng& rng, std::span<const std::string_view> words) {
  return words[std::min(rng.Below(words.size()), rng.Below(words.size()))];
}

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

std::string Sentence(Rng& rng, int64_t least, int64_t most) {
  std::string text;
  const int64_t count = rng.Between(least, most);
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += rng.OneIn(60) ? Pick(rng, OddWords()) : Pick(rng, PostWords());
  }
  text = Capitalized(std::move(text));
  if (rng.OneIn(200)) text += ' ';
  return text;
}

std::string TagList(Rng& rng) {
  std::string text;
  const int64_t count = rng.Between(3, 9);
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    text += Capitalized(std::string(Pick(rng, PostWords())));
    text += ' ';
    const bool odd = rng.OneIn(80);
    text += Capitalized(std::string(Pick(rng, odd ? OddWords() : PostWords())));
  }
  return text;
}

std::string FullName(Rng& rng) {
  const auto first = Pick(rng, FirstNames());
  const auto last = Pick(rng, LastNames());
  return fmt::format("{} {}", first, last);
}

std::string FollowerCount(Rng& rng) {
  const uint64_t choice = rng.Below(100);
  if (choice < 45) return fmt::format("{}k", rng.Between(1, 999));
  if (choice < 55) return fmt::format("{}M", rng.Between(1, 9));
  if (choice < 97) return fmt::format("{}", rng.Between(0, 9999));
  return std::string(Pick(rng, OddFollowerCounts()));
}

struct Poster {
  std::string name;
  std::string follower_count;
};

Poster PosterWith(uint64_t seed, int64_t number) {
  Rng rng = RngFor(seed, Draw::kPoster, number);
  Poster poster;
  poster.name = FullName(rng);
  if (rng.OneIn(8)) {
    poster.name = Sentence(rng, 2, 4);
    poster.name += fmt::format(" | {}", rng.Below(100));
  }
  poster.follower_count = FollowerCount(rng);
  return poster;
}

std::string DateTime(Rng& rng, int first_year, int last_year) {
  using std::chrono::sys_days, std::chrono::year;
  const auto start = sys_days(year(first_year) / 1 / 1);
  const auto end = sys_days(year(last_year + 1) / 1 / 1);
  const auto day =
      start + std::chrono::days(rng.Below(static_cast<uint64_t>((end - start).count())));
  const std::chrono::year_month_day date(day);
  const uint64_t second = rng.Below(86'400);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     second / 3600, second / 60 % 60, second % 60);
}

/// Ten-thousandths of a degree, as the shortest decimal with a point.
std::string Degrees(Rng& rng, int64_t limit) {
  const int64_t value = rng.Between(-limit * 10'000, limit * 10'000);
  std::string text = fmt::format("{}{}.{:04}", value < 0 ? "-" : "", std::abs(value) / 10'000,
                                 std::abs(value) % 10'000);
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

Cell TextOr(Rng& rng, std::string_view placeholder, std::string text) {
  if (rng.OneIn(500)) return Cell::Null();
  if (rng.OneIn(12)) text = placeholder;
  if (rng.OneIn(2000)) text += ' ';
  return Cell::Text(std::move(text));
}

Row PinRow(uint64_t seed, int64_t number) {
  Rng rng = RngFor(seed, Draw::kPin, number);
  const auto category = PickSkewed(rng, Categories());
  const auto poster =
      PosterWith(seed, static_cast<int64_t>(std::min(rng.Below(6000), rng.Below(6000))));
  const bool poster_lost = rng.OneIn(13);
  const auto kind = rng.Below(100);
  Row row;
  row.reserve(12);
  row.push_back(Cell::Integer(number));
  row.push_back(Cell::Text(rng.Uuid()));
  row.push_back(TextOr(rng, "No Title Data Available", Sentence(rng, 3, 9)));
  row.push_back(TextOr(rng, "No description available Story format", Sentence(rng, 8, 28)));
  row.push_back(Cell::Text(poster_lost ? "User Info Error" : poster.name));
  row.push_back(poster_lost      ? Cell::Text("User Info Error")
                : rng.OneIn(500) ? Cell::Null()
                                 : Cell::Text(poster.follower_count));
  row.push_back(TextOr(rng, "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", TagList(rng)));
  row.push_back(Cell::Text(kind < 84   ? "image"
                           : kind < 93 ? "video"
                                       : "multi-video(story page format)"));
  std::string hash = fmt::format("{:016x}", rng.Next());
  hash += fmt::format("{:016x}", rng.Next());
  row.push_back(TextOr(rng, "Image src error.",
                       fmt::format("https://i.pinimg.com/originals/{}/{}/{}/{}.jpg",
                                   hash.substr(0, 2), hash.substr(2, 2), hash.substr(4, 2), hash)));
  row.push_back(Cell::Integer(rng.OneIn(14) ? 0 : 1));
  row.push_back(
      Cell::Text(fmt::format("{}/data/{}", rng.OneIn(150) ? "" : "Local save in ", category)));
  row.push_back(Cell::Text(std::string(category)));
  return row;
}

Row GeoRow(uint64_t seed, int64_t number) {
  Rng rng = RngFor(seed, Draw::kGeo, number);
  Row row;
  row.reserve(5);
  row.push_back(Cell::Integer(number));
  row.push_back(Cell::Text(DateTime(rng, 2016, 2023)));
  row.push_back(rng.OneIn(700) ? Cell::Null() : Cell::Number(Degrees(rng, 90)));
  row.push_back(rng.OneIn(700) ? Cell::Null() : Cell::Number(Degrees(rng, 180)));
  row.push_back(rng.OneIn(900)   ? Cell::Null()
                : rng.OneIn(900) ? Cell::Text("")
                                 : Cell::Text(std::string(PickSkewed(rng, Countries()))));
  return row;
}

/// Who owns the user row \p number: every fourth row is somebody who was there before.
int64_t PersonOf(uint64_t seed, int64_t number) {
  Rng rng = RngFor(seed, Draw::kPersonOf, number);
  return rng.OneIn(4) ? static_cast<int64_t>(rng.Below(static_cast<uint64_t>(number) + 1)) : number;
}

int64_t Age(Rng& rng) {
  if (rng.OneIn(400)) return rng.Between(13, 17);
  return 18 + static_cast<int64_t>(std::min(rng.Below(56), rng.Below(56)));
}

Row UserRow(uint64_t seed, int64_t number) {
  Rng person = RngFor(seed, Draw::kPerson, PersonOf(seed, number));
  Rng rng = RngFor(seed, Draw::kUser, number);
  Row row;
  row.reserve(5);
  row.push_back(Cell::Integer(number));
  row.push_back(person.OneIn(1500) ? Cell::Null()
                                   : Cell::Text(std::string(Pick(person, FirstNames()))));
  row.push_back(Cell::Text(std::string(Pick(person, LastNames()))));
  row.push_back(person.OneIn(1500) ? Cell::Null() : Cell::Integer(Age(person)));
  row.push_back(Cell::Text(DateTime(rng, 2014, 2022)));
  return row;
}

std::vector<TableDef> MakeTables() {
  const std::string text = "TEXT";
  return {
      {"pinterest_data",
       "pin",
       "index",
       {{"index", "BIGINT NOT NULL"},
        {"unique_id", text},
        {"title", text},
        {"description", text},
        {"poster_name", text},
        {"follower_count", text},
        {"tag_list", text},
        {"is_image_or_video", text},
        {"image_src", text},
        {"downloaded", "BIGINT"},
        {"save_location", text},
        {"category", text}}},
      {"geolocation_data",
       "geo",
       "ind",
       {{"ind", "BIGINT NOT NULL"},
        {"timestamp", "DATETIME"},
        {"latitude", "DOUBLE"},
        {"longitude", "DOUBLE"},
        {"country", text}}},
      {"user_data",
       "user",
       "ind",
       {{"ind", "BIGINT NOT NULL"},
        {"first_name", text},
        {"last_name", text},
        {"age", "BIGINT"},
        {"date_joined", "DATETIME"}}},
  };
}

}  // namespace

const std::vector<TableDef>& Dataset::Tables() {
  static const std::vector<TableDef> tables = MakeTables();
  return tables;
}

Row Dataset::At(size_t table, int64_t number) const {
  CHECK(table < 3 && number >= 0 && number < rows_, "the data set has three tables of rows() rows");
  if (table == 0) return PinRow(seed_, number);
  if (table == 1) return GeoRow(seed_, number);
  return UserRow(seed_, number);
}

}  // namespace pinlake
