// Which topics a `topics.regex` means.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/record.h"

namespace pinlake {

/// A regular expression for whole topic names. Written as for Java (`topics.regex`), read as
/// ECMAScript: what topic patterns use is the same in both. What is Java's alone (`(?i)`,
/// `(?<name>`, lookbehind, possessive `*+`, `\p{…}`, `\Q…\E`) is refused. Immutable; copies share
/// the automaton; thread-safe.
class TopicPattern {
 public:
  /// kInvalidArgument with the text and what is wrong with it.
  static Result<TopicPattern> Compile(const std::string& text);

  bool Matches(const TopicName& topic) const;
  const std::string& text() const { return text_; }

 private:
  struct Automaton;
  TopicPattern(std::string text, std::shared_ptr<const Automaton> automaton)
      : text_(std::move(text)), automaton_(std::move(automaton)) {}

  std::string text_;
  std::shared_ptr<const Automaton> automaton_;
};

}  // namespace pinlake
