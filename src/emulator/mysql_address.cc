#include "emulator/mysql_address.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>

#include "emulator/dataset.h"

namespace pinlake {
namespace {

constexpr std::string_view kForm = "mysql://user@host[:port]/database[?socket=/path]";

tl::unexpected<Error> Wrong(std::string_view why) {
  // The address itself stays out of the message: it may hold a password.
  return Fail(ErrorKind::kInvalidArgument, "mysql address {}; write {}", why, kForm);
}

std::optional<std::string> Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (error != std::errc() || end != text.data() + i + 3) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

Status ReadHostAndPort(std::string_view text, MySqlAddress* address) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return Wrong("has a [ without ]");
    address->host = std::string(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  } else {
    address->host = std::string(text.substr(0, text.find(':')));
    text.remove_prefix(address->host.size());
  }
  if (text.empty()) return {};
  const auto digits = text.substr(1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address->port);
  if (text[0] != ':' || error != std::errc() || end != digits.data() + digits.size() ||
      address->port == 0) {
    return Wrong("has a port that is not in 1 … 65535");
  }
  return {};
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<MySqlTable> ParseTable(const std::string& text) {
  const auto equals = text.rfind('=');
  const auto colon = text.rfind(':', equals);
  if (equals == text.npos || colon == text.npos || colon == 0 || colon + 1 >= equals ||
      equals + 1 == text.size()) {
    return Fail(ErrorKind::kInvalidArgument,
                "table {}: write table:column=suffix, e.g. pinterest_data:index=pin", text);
  }
  return MySqlTable{text.substr(0, colon), text.substr(colon + 1, equals - colon - 1),
                    text.substr(equals + 1)};
}

}  // namespace

MySqlTls MySqlAddress::EffectiveTls() const {
  if (tls != MySqlTls::kAuto) return tls;
  return !socket.empty() || IsLoopback(host) ? MySqlTls::kOff : MySqlTls::kVerify;
}

std::string MySqlAddress::Describe() const {
  if (!socket.empty()) return fmt::format("mysql://{}@/{}?socket={}", user, database, socket);
  const bool bare_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("mysql://{}@{}{}{}:{}/{}", user, bare_ipv6 ? "[" : "", host,
                     bare_ipv6 ? "]" : "", port, database);
}

Result<MySqlAddress> ParseMySqlAddress(std::string_view text) {
  constexpr std::string_view kScheme = "mysql://";
  if (!text.starts_with(kScheme)) return Wrong("does not begin with mysql://");
  text.remove_prefix(kScheme.size());
  std::string_view query;
  if (const auto question = text.find('?'); question != text.npos) {
    query = text.substr(question + 1);
    text = text.substr(0, question);
  }
  const auto slash = text.find('/');
  if (slash == text.npos) return Wrong("names no database");
  const auto authority = text.substr(0, slash);
  const auto at = authority.rfind('@');
  if (at == authority.npos) return Wrong("names no user");
  const auto user = authority.substr(0, at);
  if (user.find(':') != user.npos) {
    return Wrong(
        "holds a password, which others see in the list of processes; give it by "
        "--password-file or --password-env");
  }
  MySqlAddress address;
  const auto user_name = Unescaped(user);
  const auto database = Unescaped(text.substr(slash + 1));
  if (!user_name || !database)
    return Wrong("has a % that is not followed by two hexadecimal digits");
  address.user = *user_name;
  address.database = *database;
  if (query.starts_with("socket=/")) {
    address.socket = Unescaped(query.substr(7)).value_or("");
  } else if (!query.empty()) {
    return Wrong("has something else than socket=/path after the question mark");
  }
  RETURN_IF_ERROR(ReadHostAndPort(authority.substr(at + 1), &address));
  if (address.user.empty()) return Wrong("names no user");
  if (address.database.empty()) return Wrong("names no database");
  if (address.host.empty() && address.socket.empty()) return Wrong("names no host");
  return address;
}

Result<Secret> ReadMySqlPassword(const Path& file, const std::string& variable) {
  if (!file.empty() && !variable.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "a password file and a variable are given; one is enough");
  }
  if (!file.empty()) {
    const auto text = RealDisk().ReadAll(file);
    if (!text) return Fail(text.error().In("read the password"));
    auto line = text->substr(0, text->find('\n'));
    if (line.ends_with('\r')) line.pop_back();
    return Secret(std::move(line));
  }
  const std::string name = variable.empty() ? "PINLAKE_MYSQL_PASSWORD" : variable;
  if (const char* value = std::getenv(name.c_str()); value != nullptr) return Secret(value);
  if (variable.empty()) return Secret();
  return Fail(ErrorKind::kInvalidArgument, "the environment has no variable {} for the password",
              name);
}

Result<std::vector<MySqlTable>> ParseMySqlTables(const std::vector<std::string>& texts) {
  std::vector<MySqlTable> tables;
  for (const auto& text : texts) {
    ASSIGN_OR_RETURN(auto table, ParseTable(text));
    tables.push_back(std::move(table));
  }
  return tables;
}

std::vector<MySqlTable> DatasetMySqlTables() {
  std::vector<MySqlTable> tables;
  for (const auto& table : Dataset::Tables()) {
    tables.push_back({table.name, table.number_column, table.topic_suffix});
  }
  return tables;
}

}  // namespace pinlake
