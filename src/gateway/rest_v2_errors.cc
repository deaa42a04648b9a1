#include "gateway/rest_v2_errors.h"

namespace pinlake {

RestError RestErrorOf(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kNotFound:
      return {404, 40403, "This server does not host this topic-partition."};
    case ErrorKind::kInvalidArgument:
      return {422, 422, error.message()};
    case ErrorKind::kUnauthenticated:
      return {401, 40101, error.message()};
    case ErrorKind::kPermissionDenied:
      return {403, 40301, "Topic authorization failed."};
    case ErrorKind::kThrottled:
      return {429, 42901, error.message()};
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOutOfSpace:
    case ErrorKind::kFenced:
    case ErrorKind::kCancelled:
      return {500, 50003, error.message()};
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kConflict:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return {500, 50002, error.message()};
  }
  return {500, 50002, error.message()};
}

RestError ConsumerErrorOf(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kAlreadyExists:
      return {409, 40902, error.message()};
    case ErrorKind::kConflict:
    case ErrorKind::kFenced:
      return {409, 40903, "Illegal state: " + error.message()};
    case ErrorKind::kCorruption:
      return {408, 40801, error.message()};
    case ErrorKind::kPermissionDenied:
      return {403, 40301, error.message()};
    case ErrorKind::kNotFound:
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOutOfSpace:
    case ErrorKind::kCancelled:
    case ErrorKind::kUnsupported:
    case ErrorKind::kInternal:
      return RestErrorOf(error);
  }
  return RestErrorOf(error);
}

RecordRefusal RecordRefusalOf(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kUnauthenticated:
      return {40101, error.message()};
    case ErrorKind::kPermissionDenied:
      return {40301, error.message()};
    case ErrorKind::kNotFound:
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOutOfSpace:
    case ErrorKind::kFenced:
    case ErrorKind::kCancelled:
      return {50003, error.message()};
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kConflict:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return {50002, error.message()};
  }
  return {50002, error.message()};
}

}  // namespace pinlake
