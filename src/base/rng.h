// Chance, as one of the five seams: nothing else draws random numbers.
#pragma once

#include <cstdint>
#include <string>

namespace pinlake {

/// xoshiro256**, seeded by splitmix64: the same numbers for the same seed on every machine. Not
/// thread-safe, not for secrets.
class Rng {
 public:
  using result_type = uint64_t;
  explicit Rng(uint64_t seed);
  /// A generator seeded by the system.
  static Rng FromSystem();

  uint64_t Next();
  /// Uniform in [0, bound); bound at least 1.
  uint64_t Below(uint64_t bound);
  /// Uniform in [low, high].
  int64_t Between(int64_t low, int64_t high);
  /// Uniform in [0, 1).
  double Unit();
  /// True once in \p n on average.
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  /// A child with its own sequence.
  Rng Fork() { return Rng(Next()); }
  /// 32 hexadecimal digits with the form of a random UUID.
  std::string Uuid();

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }
  uint64_t operator()() { return Next(); }

 private:
  uint64_t state_[4];
};

}  // namespace pinlake
