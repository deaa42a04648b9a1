#include "emulator/mysql_connection.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>

#include <mutex>

namespace pinlake {
namespace {

constexpr unsigned kConnectSeconds = 10;
constexpr unsigned kAnswerSeconds = 60;
constexpr unsigned kBinaryCharset = 63;
/// Without those that send the password itself.
constexpr const char* kAuthentication =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519";

ErrorKind KindOf(unsigned code) {
  switch (code) {
    case ER_ACCESS_DENIED_ERROR:
    case ER_MUST_CHANGE_PASSWORD:
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
      return ErrorKind::kUnauthenticated;
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
      return ErrorKind::kPermissionDenied;
    case ER_BAD_DB_ERROR:
    case ER_NO_SUCH_TABLE:
      return ErrorKind::kNotFound;
    case ER_TABLE_EXISTS_ERROR:
      return ErrorKind::kAlreadyExists;
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
      return ErrorKind::kOutOfSpace;
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_UNKNOWN_HOST:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_LOST_EXTENDED:
    case ER_SERVER_SHUTDOWN:
    case ER_CON_COUNT_ERROR:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_LOCK_DEADLOCK:
    case ER_QUERY_INTERRUPTED:
    case ER_CONNECTION_KILLED:
      return ErrorKind::kUnavailable;
    case CR_SSL_CONNECTION_ERROR:
      return ErrorKind::kUnauthenticated;
    default:
      return ErrorKind::kInvalidArgument;
  }
}

tl::unexpected<Error> MySqlError(MYSQL* mysql, const MySqlAddress& address) {
  const unsigned code = mysql_errno(mysql);
  const auto kind = KindOf(code);
  const std::string advice = kind == ErrorKind::kUnauthenticated && address.password.empty()
                                 ? " (no password was given)"
                                 : "";
  return Fail(kind, "{}: {} (error {}){}", address.Describe(), mysql_error(mysql), code, advice);
}

enum class ColumnKind { kInteger, kReal, kDateTime, kBits, kBinary, kText };

ColumnKind KindOfColumn(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      return ColumnKind::kInteger;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
      return ColumnKind::kReal;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
      return ColumnKind::kDateTime;
    case MYSQL_TYPE_BIT:
      return ColumnKind::kBits;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_NULL:
      return ColumnKind::kText;
    default:
      return field.charsetnr == kBinaryCharset ? ColumnKind::kBinary : ColumnKind::kText;
  }
}

/// ZEROFILL columns come with zeros that a JSON number may not have.
std::string WithoutLeadingZeros(std::string digits) {
  size_t zeros = 0;
  while (zeros + 1 < digits.size() && digits[zeros] == '0' && digits[zeros + 1] != '.') ++zeros;
  return digits.substr(zeros);
}

Cell CellOf(ColumnKind kind, std::string text) {
  switch (kind) {
    case ColumnKind::kInteger:
      return Cell::Number(WithoutLeadingZeros(std::move(text)));
    case ColumnKind::kReal:
      text = WithoutLeadingZeros(std::move(text));
      if (text.find_first_of(".eE") == std::string::npos) text += ".0";
      return Cell::Number(std::move(text));
    case ColumnKind::kDateTime:
      return Cell::Text(text.substr(0, 19));
    case ColumnKind::kBits: {
      uint64_t value = 0;
      for (const char c : text) value = value << 8 | static_cast<unsigned char>(c);
      return Cell::Number(std::to_string(value));
    }
    case ColumnKind::kBinary: {
      std::string hex;
      for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return Cell::Text(std::move(hex));
    }
    case ColumnKind::kText:
      return Cell::Text(std::move(text));
  }
  return Cell::Null();
}

MySqlAnswer ReadAnswer(MYSQL_RES* result) {
  MySqlAnswer answer;
  std::vector<ColumnKind> kinds;
  const unsigned columns = mysql_num_fields(result);
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  for (unsigned i = 0; i < columns; ++i) {
    answer.columns.push_back({fields[i].name, {}});
    kinds.push_back(KindOfColumn(fields[i]));
  }
  while (MYSQL_ROW cells = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    Row& row = answer.rows.emplace_back();
    row.reserve(columns);
    for (unsigned i = 0; i < columns; ++i) {
      row.push_back(cells[i] == nullptr ? Cell::Null()
                                        : CellOf(kinds[i], std::string(cells[i], lengths[i])));
    }
  }
  return answer;
}

}  // namespace

struct MySqlConnection::Impl {
  explicit Impl(const MySqlAddress& to) : address(to) { mysql_init(&mysql); }
  ~Impl() { mysql_close(&mysql); }

  void SetOptions() {
    const my_bool off = 0;
    const my_bool on = 1;
    const unsigned no_files = 0;
    mysql_options(&mysql, MYSQL_OPT_CONNECT_TIMEOUT, &kConnectSeconds);
    mysql_options(&mysql, MYSQL_OPT_READ_TIMEOUT, &kAnswerSeconds);
    mysql_options(&mysql, MYSQL_OPT_WRITE_TIMEOUT, &kAnswerSeconds);
    mysql_options(&mysql, MYSQL_OPT_RECONNECT, &off);
    mysql_options(&mysql, MYSQL_OPT_LOCAL_INFILE, &no_files);
    mysql_options(&mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(&mysql, MARIADB_OPT_RESTRICTED_AUTH, kAuthentication);
    const auto protocol =
        static_cast<unsigned>(address.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET);
    mysql_options(&mysql, MYSQL_OPT_PROTOCOL, &protocol);
    const auto tls = address.EffectiveTls();
    mysql_optionsv(&mysql, MYSQL_OPT_SSL_ENFORCE, tls == MySqlTls::kOff ? &off : &on);
    mysql_optionsv(&mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, tls == MySqlTls::kVerify ? &on : &off);
    if (tls == MySqlTls::kOff) return;
    const char* ca =
        address.ca_file.empty() ? "/etc/ssl/certs/ca-certificates.crt" : address.ca_file.c_str();
    // Without a CA there is nothing to verify against, and libmariadb would then trust anybody.
    if (tls == MySqlTls::kVerify || !address.ca_file.empty()) {
      mysql_optionsv(&mysql, MYSQL_OPT_SSL_CA, ca);
    }
  }

  Status Send(const std::string& sql) {
    if (mysql_real_query(&mysql, sql.data(), sql.size()) == 0) return {};
    return MySqlError(&mysql, address);
  }

  const MySqlAddress address;
  MYSQL mysql;
};

MySqlConnection::MySqlConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MySqlConnection::~MySqlConnection() = default;

Result<std::unique_ptr<MySqlConnection>> MySqlConnection::Open(const MySqlAddress& address) {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
  auto impl = std::make_unique<Impl>(address);
  impl->SetOptions();
  const bool by_socket = !address.socket.empty();
  const auto* connected = mysql_real_connect(
      &impl->mysql, by_socket ? nullptr : address.host.c_str(), address.user.c_str(),
      address.password.reveal().c_str(), address.database.c_str(), by_socket ? 0 : address.port,
      by_socket ? address.socket.c_str() : nullptr, 0);
  if (connected == nullptr) return MySqlError(&impl->mysql, address);
  return std::unique_ptr<MySqlConnection>(new MySqlConnection(std::move(impl)));
}

Status MySqlConnection::Execute(const std::string& sql) {
  ASSIGN_OR_RETURN(const auto answer, Query(sql));
  (void)answer;
  return {};
}

Result<MySqlAnswer> MySqlConnection::Query(const std::string& sql) {
  RETURN_IF_ERROR(impl_->Send(sql));
  MYSQL_RES* result = mysql_store_result(&impl_->mysql);
  if (result == nullptr) {
    if (mysql_field_count(&impl_->mysql) == 0) return MySqlAnswer();
    return MySqlError(&impl_->mysql, impl_->address);
  }
  auto answer = ReadAnswer(result);
  mysql_free_result(result);
  return answer;
}

std::string MySqlConnection::Literal(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return "NULL";
  if (cell.kind == Cell::Kind::kNumber) return cell.text;
  std::string escaped(cell.text.size() * 2 + 1, '\0');
  escaped.resize(
      mysql_real_escape_string(&impl_->mysql, escaped.data(), cell.text.data(), cell.text.size()));
  return "'" + escaped + "'";
}

std::string MySqlConnection::TlsVersion() const {
  const char* version = nullptr;
  mariadb_get_infov(&impl_->mysql, MARIADB_CONNECTION_TLS_VERSION, &version);
  return version == nullptr ? "" : version;
}

std::string MySqlName(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

}  // namespace pinlake
