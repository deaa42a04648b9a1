// The kind of an expected error.
#pragma once

#include <gtest/gtest.h>

#include "base/result.h"

namespace pinlake {

/// The kind of \p result's error; a failure of the test if there is none.
template <typename T>
ErrorKind KindOf(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorKind::kInternal : result.error().kind();
}

}  // namespace pinlake
