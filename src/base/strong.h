// Ids as types, so that an offset and a partition cannot be swapped.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <utility>

namespace pinlake {

/// A value of \p T that only meets its own kind. Numbers may be moved by a plain difference:
/// `offset + 1`.
template <typename T, typename Tag>
class Strong {
 public:
  using Value = T;
  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}

  constexpr const T& value() const { return value_; }

  friend constexpr bool operator==(const Strong&, const Strong&) = default;
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

  friend constexpr Strong operator+(Strong a, T b) requires std::integral<T> {
    return Strong(a.value_ + b);
  }
  friend constexpr T operator-(Strong a, Strong b) requires std::integral<T> {
    return a.value_ - b.value_;
  }

 private:
  T value_{};
};

}  // namespace pinlake

template <typename T, typename Tag>
struct std::hash<pinlake::Strong<T, Tag>> {
  std::size_t operator()(const pinlake::Strong<T, Tag>& id) const {
    return std::hash<T>{}(id.value());
  }
};
