// The words that the generated data set is made of.
#pragma once

#include <span>
#include <string_view>

namespace pinlake {

std::span<const std::string_view> PostWords();
/// Pieces of text that break careless readers: quotes, commas, line ends, U+2028, emoji.
std::span<const std::string_view> OddWords();
/// From frequent to rare.
std::span<const std::string_view> Categories();
std::span<const std::string_view> Countries();
std::span<const std::string_view> FirstNames();
std::span<const std::string_view> LastNames();
/// Counts of followers that a cleaning rule must think about.
std::span<const std::string_view> OddFollowerCounts();

}  // namespace pinlake
