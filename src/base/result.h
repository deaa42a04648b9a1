// Errors as values: Result<T>, Status, and the kinds that say what the caller can do.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace pinlake {

/// What the caller of a failed operation can do. Each border (HTTP, sink, exit code) has one
/// exhaustive switch.
enum class ErrorKind {
  kInvalidArgument,   ///< the input is wrong; the same input will fail again
  kUnauthenticated,   ///< who are you: credentials missing, wrong or expired
  kPermissionDenied,  ///< known, but not allowed
  kNotFound,          ///< the thing named does not exist
  kAlreadyExists,     ///< compare: what exists may be what was wanted
  kConflict,          ///< another operation is under way or won; start anew
  kFenced,            ///< the caller's epoch is over: drop everything, send nothing more
  kUnsupported,       ///< the other side cannot do this
  kThrottled,         ///< back off, then try again
  kUnavailable,       ///< try again within the retry budget
  kUnknownOutcome,    ///< it may have happened: look before trying again
  kOutOfSpace,        ///< disk or budget is full
  kCancelled,         ///< asked to stop
  kCorruption,        ///< data is damaged: stop, never skip
  kInternal,          ///< our own mistake
};

/// The word for \p kind in messages and logs, e.g. "throttled".
std::string_view Name(ErrorKind kind);

/// The exit code of a process that ends with \p kind (64 for wrong usage is the
/// CLI's own).
int ExitCode(ErrorKind kind);

/// A kind and a sentence that names what was tried and the values. Never holds a secret.
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }

  /// The same error with what was being tried in front: "store x: PUT answered 503".
  Error In(std::string_view tried) && {
    message_ = std::string(tried) + ": " + message_;
    return std::move(*this);
  }
  Error In(std::string_view tried) const& { return Error(*this).In(tried); }

  bool operator==(const Error&) const = default;

 private:
  ErrorKind kind_;
  std::string message_;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <typename... Args>
tl::unexpected<Error> Fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error(kind, fmt::format(format, std::forward<Args>(args)...)));
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// Ends the process with \p why: for our own mistakes, kept on in release.
[[noreturn]] void Die(const char* condition, const char* file, int line, std::string_view why);

}  // namespace pinlake

#define PINLAKE_CONCAT_(a, b) a##b
#define PINLAKE_CONCAT(a, b) PINLAKE_CONCAT_(a, b)

#define RETURN_IF_ERROR(expression)                                          \
  do {                                                                       \
    if (auto status_ = (expression); !status_) {                             \
      return ::tl::unexpected<::pinlake::Error>(std::move(status_).error()); \
    }                                                                        \
  } while (false)

#define ASSIGN_OR_RETURN_(result, declaration, expression)                           \
  auto result = (expression);                                                        \
  if (!result) return ::tl::unexpected<::pinlake::Error>(std::move(result).error()); \
  declaration = std::move(*result)

/// ASSIGN_OR_RETURN(const auto x, F()): x is F()'s value, or the enclosing function returns F()'s
/// error.
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_(PINLAKE_CONCAT(result_, __LINE__), declaration, expression)

/// CHECK(condition, "why it must hold"): kept on in release, for state that must not go on when
/// broken.
#define CHECK(condition, why) \
  ((condition) ? static_cast<void>(0) : ::pinlake::Die(#condition, __FILE__, __LINE__, why))
