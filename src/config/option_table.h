// OptionTable<C>: one row an option; parsing, checks, --help, docs and redaction are read from it.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "config/option_rows.h"
#include "config/option_values.h"

namespace pinlake {

/// How one option's text becomes a field of C. Made by Int(), Bool(), Text() … below.
template <typename C>
struct Field {
  std::string type;
  std::string allowed;
  bool optional = false;  ///< a std::optional member: neither required nor with a default
  bool secret = false;
  std::function<Complaint(const ConfigEntry&, C&)> set;
  std::function<std::string(const C&)> show;
};

/// One row. `name`, and `field` unless the option is refused or ignored, are always there.
/// An option without `fallback` is required, unless its member is a std::optional.
template <typename C>
struct Option {
  std::string_view name;  ///< "topic.*" takes every key with that beginning (field: Prefixed)
  Field<C> field = {};
  std::optional<std::string_view> fallback = {};  ///< as text, read like a given value
  Importance importance = Importance::kMedium;
  std::string_view doc = {};  ///< sentences
  std::vector<std::string_view> aliases = {};
  std::string_view deprecated = {};   ///< what to write instead; accepted with a warning
  std::string_view unsupported = {};  ///< why, and what to write instead; refused by name
  std::string_view ignored = {};      ///< why it has no effect here; accepted with a warning
  bool secret = false;                ///< never shown; Password() says so by itself
  std::string_view group = {};        ///< heading in the docs
  std::string_view since = {};        ///< version
};

/// What is wrong with the options together; none: fine. Asked only when each alone is right.
template <typename C>
struct Rule {
  std::string_view options;
  std::function<Complaint(const C&)> check;
};

template <typename C>
struct Parsed {
  C config;
  /// One line each, with file, line and key.
  std::vector<std::string> warnings;
  /// By option name: the entry that was used. Options that are not here have their fallback.
  std::map<std::string, ConfigEntry> given;
  /// Keys in no row (UnknownPolicy::kWarn and kCollect).
  ConfigEntries unknown;
};

/// The options of one component. Immutable; thread-safe.
///
/// ```
/// const OptionTable<GatewayConfig>& GatewayOptions() {
///   using C = GatewayConfig;
///   static const OptionTable<C> table{
///       {.name = "listen", .field = HostPort(&C::listen), .fallback = "127.0.0.1:8082",
///        .doc = "Where to accept connections. Port 0: any free one."},
///       {.name = "body.max", .field = Bytes(&C::body_bytes_max, 1), .fallback = "50MiB",
///        .doc = "A larger body is answered with 413."},
///   };
///   return table;
/// }
/// ```
template <typename C>
class OptionTable {
 public:
  OptionTable(std::initializer_list<Option<C>> options, std::vector<Rule<C>> rules = {})
      : rows_(Rows(options), Rules(rules)) {}

  /// kInvalidArgument: "configuration:" and then every problem, one a line:
  /// `file:line: key: 'value' is not an integer (allowed: at least 1)`.
  Result<Parsed<C>> Parse(const ConfigEntries& entries,
                          UnknownPolicy unknown = UnknownPolicy::kRefuse) const {
    Parsed<C> parsed{};
    ASSIGN_OR_RETURN(ParsedKeys keys, rows_.Parse(entries, unknown, &parsed.config));
    parsed.warnings = std::move(keys.warnings);
    parsed.given = std::move(keys.given);
    parsed.unknown = std::move(keys.unknown);
    return parsed;
  }
  /// Every option at its fallback. Only for tables without required options.
  C Defaults() const {
    auto parsed = Parse({});
    CHECK(parsed.has_value(), "Defaults() needs a table without required options");
    return std::move(parsed->config);
  }

  /// One table row an option, with a heading a group.
  std::string Markdown() const { return rows_.Markdown(); }
  /// For --help. \p before_names goes before each name, e.g. "gateway.".
  std::string Help(std::string_view before_names = {}) const { return rows_.Help(before_names); }
  /// Every option with its value in force, in the table's order; secrets as "[hidden]".
  std::vector<std::pair<std::string, std::string>> Dump(
      const C& config, const std::map<std::string, ConfigEntry>& given = {}) const {
    return rows_.Dump(&config, given);
  }
  const OptionRow* Find(std::string_view key) const { return rows_.Find(key); }
  const OptionRows& rows() const { return rows_; }

 private:
  static std::vector<OptionRow> Rows(std::initializer_list<Option<C>> options) {
    std::vector<OptionRow> rows;
    for (const Option<C>& option : options) rows.push_back(Row(option));
    return rows;
  }
  static OptionRow Row(const Option<C>& option) {
    OptionRow row;
    row.name = option.name;
    row.type = option.field.type;
    row.allowed = option.field.allowed;
    row.fallback = option.fallback.value_or("");
    row.doc = option.doc;
    row.aliases.assign(option.aliases.begin(), option.aliases.end());
    row.deprecated = option.deprecated;
    row.unsupported = option.unsupported;
    row.ignored = option.ignored;
    row.group = option.group;
    row.since = option.since;
    row.importance = option.importance;
    row.secret = option.secret || option.field.secret;
    row.has_fallback = option.fallback.has_value();
    if (option.field.set) {
      row.required = !row.has_fallback && !option.field.optional && row.unsupported.empty();
      row.set = [set = option.field.set](const ConfigEntry& entry, void* config) {
        return set(entry, *static_cast<C*>(config));
      };
      row.show = [show = option.field.show](const void* config) {
        return show(*static_cast<const C*>(config));
      };
    }
    return row;
  }
  static std::vector<OptionRule> Rules(const std::vector<Rule<C>>& rules) {
    std::vector<OptionRule> erased;
    for (const Rule<C>& rule : rules) {
      erased.push_back({std::string(rule.options), [check = rule.check](const void* config) {
                          return check(*static_cast<const C*>(config));
                        }});
    }
    return erased;
  }

  OptionRows rows_;
};

namespace option_internal {

template <typename M>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// A field of member \p member: \p read gives a value or a complaint, \p show its text.
template <typename C, typename M, typename ReadFn, typename ShowFn>
Field<C> Make(std::string type, std::string allowed, M C::*member, ReadFn read, ShowFn show) {
  Field<C> field;
  field.type = std::move(type);
  field.allowed = std::move(allowed);
  field.optional = IsOptional<M>::value;
  field.set = [member, read](const ConfigEntry& entry, C& config) -> Complaint {
    auto value = read(entry);
    if (!value) return std::move(value).error();
    if constexpr (IsOptional<M>::value) {
      config.*member = static_cast<typename M::value_type>(std::move(*value));
    } else {
      config.*member = static_cast<M>(std::move(*value));
    }
    return {};
  };
  field.show = [member, show](const C& config) -> std::string {
    if constexpr (IsOptional<M>::value) {
      return (config.*member) ? show(*(config.*member)) : std::string();
    } else {
      return show(config.*member);
    }
  };
  return field;
}

template <typename M>
struct Plain {
  using type = M;
};
template <typename T>
struct Plain<std::optional<T>> {
  using type = T;
};

/// The bounds of an integer type, as far as int64_t goes.
template <typename T>
constexpr int64_t Least() {
  return static_cast<int64_t>(std::numeric_limits<T>::min());
}
template <typename T>
constexpr int64_t Most() {
  constexpr auto most = std::numeric_limits<T>::max();
  constexpr auto limit = std::numeric_limits<int64_t>::max();
  return static_cast<uint64_t>(most) > static_cast<uint64_t>(limit) ? limit
                                                                    : static_cast<int64_t>(most);
}

}  // namespace option_internal

/// An integer member of any width (or std::optional of one); bounds are those of the member unless
/// given.
template <typename C, typename M>
Field<C> Int(M C::*member,
             int64_t least = option_internal::Least<typename option_internal::Plain<M>::type>(),
             int64_t most = option_internal::Most<typename option_internal::Plain<M>::type>()) {
  return option_internal::Make(
      "integer", ShowBounds(least, most), member,
      [=](const ConfigEntry& entry) { return ReadInteger(entry.value, least, most); },
      [](auto value) { return fmt::format("{}", value); });
}

template <typename C, typename M>
Field<C> Real(M C::*member, double least = std::numeric_limits<double>::lowest(),
              double most = std::numeric_limits<double>::max()) {
  return option_internal::Make(
      "number", ShowBounds(least, most), member,
      [=](const ConfigEntry& entry) { return ReadReal(entry.value, least, most); },
      [](double value) { return ShowReal(value); });
}

template <typename C, typename M>
Field<C> Bool(M C::*member) {
  return option_internal::Make(
      "boolean", "true, false", member,
      [](const ConfigEntry& entry) { return ReadBool(entry.value); },
      [](bool value) { return std::string(value ? "true" : "false"); });
}

/// Any text, without spaces at its ends. \p bytes_min 1: not empty.
template <typename C, typename M>
Field<C> Text(M C::*member, size_t bytes_min = 0) {
  return option_internal::Make(
      "text", bytes_min > 0 ? "not empty" : "", member,
      [=](const ConfigEntry& entry) -> Read<std::string> {
        const std::string_view text = Trim(entry.value);
        if (text.size() < bytes_min) return tl::unexpected<std::string>("is empty");
        return std::string(text);
      },
      [](const std::string& value) { return value; });
}

/// A Secret member: never shown, in no message, dump or doc.
template <typename C, typename M>
Field<C> Password(M C::*member) {
  auto field = option_internal::Make(
      "password", "", member,
      [](const ConfigEntry& entry) -> Read<Secret> {
        return Secret(std::string(Trim(entry.value)));
      },
      [](const Secret&) { return std::string("[hidden]"); });
  field.secret = true;
  return field;
}

/// std::vector<std::string>: comma-separated text, or a YAML list. \p least elements.
template <typename C, typename M>
Field<C> List(M C::*member, size_t least = 0) {
  return option_internal::Make(
      "list", least > 0 ? "not empty" : "", member,
      [=](const ConfigEntry& entry) -> Read<std::vector<std::string>> {
        auto items = ReadList(entry);
        if (items.size() < least) return tl::unexpected<std::string>("is empty");
        return items;
      },
      [](const std::vector<std::string>& value) { return ShowList(value); });
}

/// A field of a member struct: In(&Outer::inner, Int(&Inner::n)).
template <typename Outer, typename Inner>
Field<Outer> In(Inner Outer::*member, Field<Inner> inner) {
  Field<Outer> field;
  field.type = inner.type;
  field.allowed = inner.allowed;
  field.optional = inner.optional;
  field.secret = inner.secret;
  field.set = [member, set = inner.set](const ConfigEntry& entry, Outer& config) {
    return set(entry, config.*member);
  };
  field.show = [member, show = inner.show](const Outer& config) { return show(config.*member); };
  return field;
}

/// std::vector<std::string>: one element each time a command-line flag is given; never split.
template <typename C, typename M>
Field<C> Repeated(M C::*member) {
  auto field = option_internal::Make(
      "repeatable", "", member,
      [](const ConfigEntry& entry) -> Read<std::vector<std::string>> {
        if (entry.items) return *entry.items;
        return std::vector<std::string>{entry.value};
      },
      [](const std::vector<std::string>& value) { return ShowList(value); });
  field.optional = true;
  return field;
}

/// One choice of an Enum field.
template <typename E>
struct Choice {
  std::string_view text;
  E value;
  std::string_view unsupported = {};  ///< why, and what to write instead; refused by name
};

/// An enum member (or any type): one of \p choices, exactly as written.
template <typename C, typename M>
Field<C> Enum(M C::*member, std::vector<Choice<typename option_internal::Plain<M>::type>> choices) {
  using E = typename option_internal::Plain<M>::type;
  std::string allowed;
  for (const auto& choice : choices) {
    if (choice.unsupported.empty()) allowed.append(allowed.empty() ? "" : ", ").append(choice.text);
  }
  return option_internal::Make(
      "one of", std::move(allowed), member,
      [=](const ConfigEntry& entry) -> Read<E> {
        for (const auto& choice : choices) {
          if (choice.text != Trim(entry.value)) continue;
          if (choice.unsupported.empty()) return choice.value;
          return tl::unexpected<std::string>("is not supported: " +
                                             std::string(choice.unsupported));
        }
        return tl::unexpected<std::string>("is not one of the choices");
      },
      [=](const E& value) {
        for (const auto& choice : choices) {
          if (choice.value == value) return std::string(choice.text);
        }
        return std::string();
      });
}

/// A chrono member: a number with us, ms, s, m, h or d; without a unit milliseconds.
template <typename C, typename M>
Field<C> Duration(M C::*member, std::chrono::microseconds least = std::chrono::microseconds(0),
                  std::chrono::microseconds most = std::chrono::microseconds::max()) {
  using Span = typename option_internal::Plain<M>::type;
  return option_internal::Make(
      "duration", ShowBounds(least, most), member,
      [=](const ConfigEntry& entry) -> Read<Span> {
        auto span = ReadDuration(entry.value, least, most);
        if (!span) return tl::unexpected<std::string>(std::move(span).error());
        return std::chrono::duration_cast<Span>(*span);
      },
      [](Span span) {
        return ShowDuration(std::chrono::duration_cast<std::chrono::microseconds>(span));
      });
}

/// A chrono member written as a bare number of milliseconds, as Connect's `….ms` options are.
template <typename C, typename M>
Field<C> IntMillis(M C::*member, int64_t least = std::numeric_limits<int64_t>::min() / 1000,
                   int64_t most = std::numeric_limits<int64_t>::max()) {
  using Span = typename option_internal::Plain<M>::type;
  return option_internal::Make(
      "integer (ms)",
      least == std::numeric_limits<int64_t>::min() / 1000
          ? ShowBounds(std::numeric_limits<int64_t>::min(), most)
          : ShowBounds(least, most),
      member,
      [=](const ConfigEntry& entry) -> Read<Span> {
        auto number = ReadInteger(entry.value, least, most);
        if (!number) return tl::unexpected<std::string>(std::move(number).error());
        return std::chrono::duration_cast<Span>(std::chrono::milliseconds(*number));
      },
      [](Span span) {
        return fmt::format("{}",
                           std::chrono::duration_cast<std::chrono::milliseconds>(span).count());
      });
}

/// Bytes in an integer member: 256MiB, 64kB, 1000.
template <typename C, typename M>
Field<C> Bytes(M C::*member, int64_t least = 0,
               int64_t most = std::numeric_limits<int64_t>::max()) {
  return option_internal::Make(
      "bytes", ShowByteBounds(least, most), member,
      [=](const ConfigEntry& entry) { return ReadBytes(entry.value, least, most); },
      [](auto value) { return ShowBytes(static_cast<int64_t>(value)); });
}

/// A std::string member that holds scheme://…, one of \p schemes.
template <typename C, typename M>
Field<C> Url(M C::*member, std::vector<std::string_view> schemes = {}) {
  std::string allowed;
  for (const auto& scheme : schemes) {
    allowed.append(allowed.empty() ? "" : ", ").append(scheme).append("://…");
  }
  return option_internal::Make(
      "URL", std::move(allowed), member,
      [=](const ConfigEntry& entry) { return ReadUrl(entry.value, schemes); },
      [](const std::string& value) { return value; });
}

/// A std::string member that holds host:port.
template <typename C, typename M>
Field<C> HostPort(M C::*member) {
  return option_internal::Make(
      "host:port", "", member, [](const ConfigEntry& entry) { return ReadHostPort(entry.value); },
      [](const std::string& value) { return value; });
}

/// A std::map<std::string, std::string> member that takes every key of a row named "….*", without
/// its beginning.
template <typename C>
Field<C> Prefixed(std::map<std::string, std::string> C::*member) {
  Field<C> field;
  field.type = "text";
  field.optional = true;
  field.set = [member](const ConfigEntry& entry, C& config) -> Complaint {
    (config.*member)[entry.key] = entry.value;
    return {};
  };
  field.show = [](const C&) { return std::string(); };
  return field;
}

}  // namespace pinlake
