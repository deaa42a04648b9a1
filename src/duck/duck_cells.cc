#include "duck/duck_cells.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace pinlake {
namespace {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

std::string Digits(Wide value, int scale) {
  auto rest = value < 0 ? UnsignedWide{0} - static_cast<UnsignedWide>(value)
                        : static_cast<UnsignedWide>(value);
  std::string reversed;
  do {
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
    if (static_cast<int>(reversed.size()) == scale) reversed += '.';
  } while (rest > 0 || static_cast<int>(reversed.size()) <= scale);
  if (reversed.back() == '.') reversed += '0';
  if (value < 0) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

std::string RealText(double value, std::string shortest) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (shortest.find_first_of(".e") == std::string::npos) shortest += ".0";
  return shortest;
}

std::string DateText(const duckdb_date_struct& date) {
  if (date.year > 0) return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
  return fmt::format("{:04}-{:02}-{:02} (BC)", 1 - date.year, date.month, date.day);
}

std::string TimeText(const duckdb_time_struct& time) {
  std::string text = fmt::format("{:02}:{:02}:{:02}", time.hour, time.min, time.sec);
  if (time.micros == 0) return text;
  text += fmt::format(".{:06}", time.micros);
  while (text.back() == '0') text.pop_back();
  return text;
}

std::string IntervalText(const duckdb_interval& interval) {
  std::string text;
  const auto add = [&](int64_t count, std::string_view unit) {
    if (count == 0) return;
    if (!text.empty()) text += ' ';
    text += fmt::format("{} {}{}", count, unit, count == 1 || count == -1 ? "" : "s");
  };
  add(interval.months / 12, "year");
  add(interval.months % 12, "month");
  add(interval.days, "day");
  if (interval.micros == 0 && !text.empty()) return text;
  const int64_t micros = std::abs(interval.micros);
  if (!text.empty()) text += ' ';
  text += fmt::format("{}{:02}:{:02}:{:02}", interval.micros < 0 ? "-" : "", micros / 3'600'000'000,
                      micros / 60'000'000 % 60, micros / 1'000'000 % 60);
  if (micros % 1'000'000 != 0) text += fmt::format(".{:06}", micros % 1'000'000);
  return text;
}

std::string UuidText(const duckdb_hugeint& value) {
  const uint64_t high = static_cast<uint64_t>(value.upper) ^ (uint64_t{1} << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, value.lower >> 48, value.lower & 0xffffffffffffu);
}

void AppendBlob(std::string_view bytes, std::string* out) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\' && c != '\'' && c != '"') {
      out->push_back(c);
    } else {
      out->append(fmt::format("\\x{:02X}", byte));
    }
  }
}

void AppendQuoted(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out->append(fmt::format("\\u{:04x}", static_cast<unsigned char>(c)));
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

bool IsJson(const DuckLibrary& library, duckdb_logical_type type) {
  char* alias = library.logical_type_get_alias(type);
  const bool is_json = alias != nullptr && std::string_view(alias) == "JSON";
  if (alias != nullptr) library.free(alias);
  return is_json;
}

/// Every type inside of a list, array, struct or map can be read too.
Status CheckChildren(const DuckLibrary& library, duckdb_logical_type type,
                     std::string_view column) {
  const auto check = [&](duckdb_logical_type child) -> Status {
    const auto kind = DuckCellReader::KindOf(library, child, column);
    library.destroy_logical_type(&child);
    if (!kind) return Fail(kind.error());
    return {};
  };
  const auto id = library.get_type_id(type);
  if (id == DUCKDB_TYPE_LIST) return check(library.list_type_child_type(type));
  if (id == DUCKDB_TYPE_ARRAY) return check(library.array_type_child_type(type));
  if (id == DUCKDB_TYPE_MAP) {
    RETURN_IF_ERROR(check(library.map_type_key_type(type)));
    return check(library.map_type_value_type(type));
  }
  for (idx_t i = 0; i < library.struct_type_child_count(type); ++i) {
    RETURN_IF_ERROR(check(library.struct_type_child_type(type, i)));
  }
  return {};
}

}  // namespace

Result<DuckKind> DuckCellReader::KindOf(const DuckLibrary& library, duckdb_logical_type type,
                                        std::string_view column) {
  switch (library.get_type_id(type)) {
    case DUCKDB_TYPE_BOOLEAN:
      return DuckKind::kBoolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
      return DuckKind::kInteger;
    case DUCKDB_TYPE_DECIMAL:
      return DuckKind::kDecimal;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
      return DuckKind::kReal;
    case DUCKDB_TYPE_VARCHAR:
      return IsJson(library, type) ? DuckKind::kJson : DuckKind::kText;
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_INTERVAL:
    case DUCKDB_TYPE_ENUM:
    case DUCKDB_TYPE_UUID:
    case DUCKDB_TYPE_SQLNULL:
      return DuckKind::kText;
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_MAP:
      RETURN_IF_ERROR(CheckChildren(library, type, column));
      return DuckKind::kJson;
    default:
      return Fail(ErrorKind::kUnsupported,
                  "column {} has a type that can't be shown; write {}::VARCHAR", column,
                  SqlName(column));
  }
}

DuckCellReader::DuckCellReader(const DuckLibrary& library, duckdb_vector vector)
    : library_(&library), type_(library.vector_get_column_type(vector)) {
  id_ = library.get_type_id(type_);
  is_json_ = id_ == DUCKDB_TYPE_VARCHAR && IsJson(library, type_);
  data_ = library.vector_get_data(vector);
  validity_ = library.vector_get_validity(vector);
  if (id_ == DUCKDB_TYPE_LIST || id_ == DUCKDB_TYPE_MAP) {
    children_.emplace_back(library, library.list_vector_get_child(vector));
  } else if (id_ == DUCKDB_TYPE_ARRAY) {
    children_.emplace_back(library, library.array_vector_get_child(vector));
  } else if (id_ == DUCKDB_TYPE_STRUCT) {
    const idx_t count = library.struct_type_child_count(type_);
    for (idx_t i = 0; i < count; ++i) {
      children_.emplace_back(library, library.struct_vector_get_child(vector, i));
      char* name = library.struct_type_child_name(type_, i);
      child_names_.emplace_back(name);
      library.free(name);
    }
  }
}

DuckCellReader::~DuckCellReader() {
  if (type_ != nullptr) library_->destroy_logical_type(&type_);
}

DuckCellReader::DuckCellReader(DuckCellReader&& other) noexcept
    : library_(other.library_),
      type_(std::exchange(other.type_, nullptr)),
      id_(other.id_),
      is_json_(other.is_json_),
      data_(other.data_),
      validity_(other.validity_),
      children_(std::move(other.children_)),
      child_names_(std::move(other.child_names_)) {}

bool DuckCellReader::IsNull(idx_t row) const {
  return id_ == DUCKDB_TYPE_SQLNULL ||
         (validity_ != nullptr && !library_->validity_row_is_valid(validity_, row));
}

std::string_view DuckCellReader::Text(idx_t row) const {
  auto* text = static_cast<duckdb_string_t*>(data_) + row;
  return {library_->string_t_data(text), library_->string_t_length(*text)};
}

template <typename T>
void DuckCellReader::AppendNumber(idx_t row, std::string* out) const {
  out->append(fmt::format("{}", At<T>(row)));
}

void DuckCellReader::AppendDecimal(idx_t row, std::string* out) const {
  Wide value = 0;
  switch (library_->decimal_internal_type(type_)) {
    case DUCKDB_TYPE_SMALLINT:
      value = At<int16_t>(row);
      break;
    case DUCKDB_TYPE_INTEGER:
      value = At<int32_t>(row);
      break;
    case DUCKDB_TYPE_BIGINT:
      value = At<int64_t>(row);
      break;
    default:
      value = At<Wide>(row);
  }
  out->append(Digits(value, library_->decimal_scale(type_)));
}

void DuckCellReader::AppendEnum(idx_t row, std::string* out) const {
  idx_t index = 0;
  switch (library_->enum_internal_type(type_)) {
    case DUCKDB_TYPE_UTINYINT:
      index = At<uint8_t>(row);
      break;
    case DUCKDB_TYPE_USMALLINT:
      index = At<uint16_t>(row);
      break;
    default:
      index = At<uint32_t>(row);
  }
  char* name = library_->enum_dictionary_value(type_, index);
  out->append(name);
  library_->free(name);
}

void DuckCellReader::AppendTimestamp(idx_t row, int64_t units_per_second, std::string_view zone,
                                     std::string* out) const {
  const int64_t value = At<int64_t>(row);
  if (value == INT64_MAX || value == -INT64_MAX) {
    out->append(value > 0 ? "infinity" : "-infinity");
    return;
  }
  // Floor, so that times before 1970 keep their order.
  const int64_t rest = ((value % units_per_second) + units_per_second) % units_per_second;
  const int64_t seconds = (value - rest) / units_per_second;
  const int64_t second_of_day = ((seconds % 86'400) + 86'400) % 86'400;
  const duckdb_date date{static_cast<int32_t>((seconds - second_of_day) / 86'400)};
  out->append(DateText(library_->from_date(date)));
  out->append(fmt::format(" {:02}:{:02}:{:02}", second_of_day / 3600, second_of_day / 60 % 60,
                          second_of_day % 60));
  if (rest != 0) {
    std::string fraction = fmt::format(".{:09}", rest * (1'000'000'000 / units_per_second));
    while (fraction.back() == '0') fraction.pop_back();
    out->append(fraction);
  }
  out->append(zone);
}

void DuckCellReader::AppendList(uint64_t offset, uint64_t length, std::string* out) const {
  out->push_back('[');
  for (uint64_t i = 0; i < length; ++i) {
    if (i > 0) out->push_back(',');
    children_[0].AppendJson(offset + i, out);
  }
  out->push_back(']');
}

void DuckCellReader::AppendStruct(idx_t row, std::string* out) const {
  out->push_back('{');
  for (size_t i = 0; i < children_.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendQuoted(child_names_[i], out);
    out->push_back(':');
    children_[i].AppendJson(row, out);
  }
  out->push_back('}');
}

void DuckCellReader::AppendMap(idx_t row, std::string* out) const {
  const auto& entry = At<duckdb_list_entry>(row);
  const auto& keys = children_[0].children_[0];
  const auto& values = children_[0].children_[1];
  out->push_back('{');
  for (uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out->push_back(',');
    std::string key;
    keys.Append(entry.offset + i, &key);
    AppendQuoted(key, out);
    out->push_back(':');
    values.AppendJson(entry.offset + i, out);
  }
  out->push_back('}');
}

void DuckCellReader::Append(idx_t row, std::string* out) const {
  switch (id_) {
    case DUCKDB_TYPE_BOOLEAN:
      out->append(At<bool>(row) ? "true" : "false");
      break;
    case DUCKDB_TYPE_TINYINT:
      out->append(std::to_string(At<int8_t>(row)));
      break;
    case DUCKDB_TYPE_SMALLINT:
      AppendNumber<int16_t>(row, out);
      break;
    case DUCKDB_TYPE_INTEGER:
      AppendNumber<int32_t>(row, out);
      break;
    case DUCKDB_TYPE_BIGINT:
      AppendNumber<int64_t>(row, out);
      break;
    case DUCKDB_TYPE_UTINYINT:
      out->append(std::to_string(At<uint8_t>(row)));
      break;
    case DUCKDB_TYPE_USMALLINT:
      AppendNumber<uint16_t>(row, out);
      break;
    case DUCKDB_TYPE_UINTEGER:
      AppendNumber<uint32_t>(row, out);
      break;
    case DUCKDB_TYPE_UBIGINT:
      AppendNumber<uint64_t>(row, out);
      break;
    case DUCKDB_TYPE_HUGEINT:
      out->append(Digits(At<Wide>(row), 0));
      break;
    case DUCKDB_TYPE_DECIMAL:
      AppendDecimal(row, out);
      break;
    case DUCKDB_TYPE_FLOAT:
      out->append(RealText(At<float>(row), fmt::format("{}", At<float>(row))));
      break;
    case DUCKDB_TYPE_DOUBLE:
      out->append(RealText(At<double>(row), fmt::format("{}", At<double>(row))));
      break;
    case DUCKDB_TYPE_VARCHAR:
      out->append(Text(row));
      break;
    case DUCKDB_TYPE_BLOB:
      AppendBlob(Text(row), out);
      break;
    case DUCKDB_TYPE_DATE: {
      const auto& date = At<duckdb_date>(row);
      if (!library_->is_finite_date(date)) {
        out->append(date.days > 0 ? "infinity" : "-infinity");
      } else {
        out->append(DateText(library_->from_date(date)));
      }
      break;
    }
    case DUCKDB_TYPE_TIME:
      out->append(TimeText(library_->from_time(At<duckdb_time>(row))));
      break;
    case DUCKDB_TYPE_TIMESTAMP:
      AppendTimestamp(row, 1'000'000, "", out);
      break;
    case DUCKDB_TYPE_TIMESTAMP_S:
      AppendTimestamp(row, 1, "", out);
      break;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      AppendTimestamp(row, 1'000, "", out);
      break;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      AppendTimestamp(row, 1'000'000'000, "", out);
      break;
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      AppendTimestamp(row, 1'000'000, "+00", out);
      break;
    case DUCKDB_TYPE_INTERVAL:
      out->append(IntervalText(At<duckdb_interval>(row)));
      break;
    case DUCKDB_TYPE_ENUM:
      AppendEnum(row, out);
      break;
    case DUCKDB_TYPE_UUID:
      out->append(UuidText(At<duckdb_hugeint>(row)));
      break;
    case DUCKDB_TYPE_LIST: {
      const auto& entry = At<duckdb_list_entry>(row);
      AppendList(entry.offset, entry.length, out);
      break;
    }
    case DUCKDB_TYPE_ARRAY: {
      const uint64_t size = library_->array_type_array_size(type_);
      AppendList(row * size, size, out);
      break;
    }
    case DUCKDB_TYPE_STRUCT:
      AppendStruct(row, out);
      break;
    case DUCKDB_TYPE_MAP:
      AppendMap(row, out);
      break;
    default:
      CHECK(false, "KindOf refused this type before a row was read");
  }
}

bool DuckCellReader::IsQuotedInJson() const {
  switch (id_) {
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_INTERVAL:
    case DUCKDB_TYPE_ENUM:
    case DUCKDB_TYPE_UUID:
      return true;
    case DUCKDB_TYPE_VARCHAR:
      return !is_json_;
    default:
      return false;
  }
}

void DuckCellReader::AppendJson(idx_t row, std::string* out) const {
  if (IsNull(row)) {
    out->append("null");
    return;
  }
  std::string text;
  Append(row, &text);
  const bool not_finite = (id_ == DUCKDB_TYPE_FLOAT || id_ == DUCKDB_TYPE_DOUBLE) &&
                          text.find("n") != std::string::npos;
  if (IsQuotedInJson() || not_finite) {
    AppendQuoted(text, out);
  } else {
    out->append(text);
  }
}

}  // namespace pinlake
