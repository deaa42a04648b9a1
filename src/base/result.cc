#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace pinlake {

std::string_view Name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return "invalid argument";
    case ErrorKind::kUnauthenticated:
      return "unauthenticated";
    case ErrorKind::kPermissionDenied:
      return "permission denied";
    case ErrorKind::kNotFound:
      return "not found";
    case ErrorKind::kAlreadyExists:
      return "already exists";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kFenced:
      return "fenced";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kThrottled:
      return "throttled";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kUnknownOutcome:
      return "unknown outcome";
    case ErrorKind::kOutOfSpace:
      return "out of space";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kCorruption:
      return "corruption";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

int ExitCode(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return 2;
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kConflict:
    case ErrorKind::kFenced:
    case ErrorKind::kUnsupported:
      return 3;
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOutOfSpace:
      return 4;
    case ErrorKind::kCorruption:
      return 5;
    case ErrorKind::kCancelled:
      return 130;
    case ErrorKind::kInternal:
      return 70;
  }
  return 70;
}

void Die(const char* condition, const char* file, int line, std::string_view why) {
  std::fprintf(stderr, "%s:%d: %s does not hold: %.*s\n", file, line, condition,
               static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace pinlake
