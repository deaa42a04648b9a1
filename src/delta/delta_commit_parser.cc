#include <algorithm>

#include "codec/json.h"
#include "delta/delta_commit_text.h"

namespace pinlake {
namespace {

/// The members of one action; null is absent.
class Members {
 public:
  Members(JsonValue object, std::string_view action) : object_(object), action_(action) {}

  std::optional<JsonValue> Find(std::string_view name) const {
    const auto found = object_.Find(name);
    return found && !found->is_null() ? found : std::nullopt;
  }

  template <typename T>
  Result<std::optional<T>> Optional(std::string_view name) const {
    const auto found = Find(name);
    if (!found) return std::optional<T>();
    std::optional<T> value = As<T>(*found);
    if (!value) return Wrong(name, found->kind());
    return value;
  }

  template <typename T>
  Result<T> Required(std::string_view name) const {
    ASSIGN_OR_RETURN(std::optional<T> value, Optional<T>(name));
    if (!value) return Fail(ErrorKind::kCorruption, "{}.{} is missing", action_, name);
    return *std::move(value);
  }

 private:
  template <typename T>
  static std::optional<T> As(JsonValue value) {
    if constexpr (std::is_same_v<T, bool>) return value.AsBool();
    if constexpr (std::is_same_v<T, int64_t>) return value.AsInt();
    if constexpr (std::is_same_v<T, std::string>) {
      const auto text = value.AsString();
      return text ? std::optional<std::string>(*text) : std::nullopt;
    }
    if constexpr (std::is_same_v<T, std::vector<std::string>>) return AsTexts(value);
    if constexpr (std::is_same_v<T, DeltaPartitionValues>) return AsValues(value);
  }

  static std::optional<std::vector<std::string>> AsTexts(JsonValue value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (const JsonValue element : value.elements()) {
      const auto text = element.AsString();
      if (!text) return std::nullopt;
      texts.emplace_back(*text);
    }
    return texts;
  }

  static std::optional<DeltaPartitionValues> AsValues(JsonValue value) {
    if (!value.is_object()) return std::nullopt;
    DeltaPartitionValues values;
    for (const auto& [name, member] : value.members()) {
      const auto text = member.AsString();
      if (!text && !member.is_null()) return std::nullopt;
      values[std::string(name)] = text ? std::optional<std::string>(*text) : std::nullopt;
    }
    return values;
  }

  tl::unexpected<Error> Wrong(std::string_view name, JsonKind kind) const {
    return Fail(ErrorKind::kCorruption, "{}.{} is of another type than the protocol says ({})",
                action_, name, Name(kind));
  }

  JsonValue object_;
  std::string_view action_;
};

Result<DeltaProtocol> ReadProtocol(const Members& in) {
  DeltaProtocol protocol;
  using Texts = std::vector<std::string>;
  ASSIGN_OR_RETURN(protocol.reader_version, in.Required<int64_t>("minReaderVersion"));
  ASSIGN_OR_RETURN(protocol.writer_version, in.Required<int64_t>("minWriterVersion"));
  ASSIGN_OR_RETURN(protocol.reader_features, in.Optional<Texts>("readerFeatures"));
  ASSIGN_OR_RETURN(protocol.writer_features, in.Optional<Texts>("writerFeatures"));
  return protocol;
}

Status CheckFormat(const Members& in) {
  const auto format = in.Find("format");
  if (!format) return Fail(ErrorKind::kCorruption, "metaData.format is missing");
  ASSIGN_OR_RETURN(const auto provider,
                   Members(*format, "metaData.format").Required<std::string>("provider"));
  if (provider != "parquet")
    return Fail(ErrorKind::kUnsupported, "data files are of format '{}'; parquet can be read",
                provider);
  return {};
}

Result<DeltaMetadata> ReadMetadata(const Members& in) {
  DeltaMetadata metadata;
  RETURN_IF_ERROR(CheckFormat(in));
  ASSIGN_OR_RETURN(metadata.id, in.Required<std::string>("id"));
  ASSIGN_OR_RETURN(metadata.name, in.Optional<std::string>("name"));
  ASSIGN_OR_RETURN(metadata.description, in.Optional<std::string>("description"));
  ASSIGN_OR_RETURN(metadata.schema, in.Required<std::string>("schemaString"));
  ASSIGN_OR_RETURN(metadata.partition_columns,
                   in.Required<std::vector<std::string>>("partitionColumns"));
  ASSIGN_OR_RETURN(metadata.created_ms, in.Optional<int64_t>("createdTime"));
  ASSIGN_OR_RETURN(const auto properties, in.Optional<DeltaPartitionValues>("configuration"));
  if (properties)
    for (const auto& [name, value] : *properties)
      if (value) metadata.configuration[name] = *value;
  return metadata;
}

Status CheckNoDeletionVector(const Members& in, std::string_view path) {
  if (!in.Find("deletionVector")) return {};
  return Fail(ErrorKind::kUnsupported, "{} has a deletion vector, which can't be read", path);
}

Result<DeltaAdd> ReadAdd(const Members& in) {
  DeltaAdd add;
  ASSIGN_OR_RETURN(add.path, in.Required<std::string>("path"));
  RETURN_IF_ERROR(CheckNoDeletionVector(in, add.path));
  ASSIGN_OR_RETURN(add.partition_values, in.Required<DeltaPartitionValues>("partitionValues"));
  ASSIGN_OR_RETURN(add.size_bytes, in.Required<int64_t>("size"));
  ASSIGN_OR_RETURN(add.modified_ms, in.Required<int64_t>("modificationTime"));
  ASSIGN_OR_RETURN(add.data_change, in.Required<bool>("dataChange"));
  ASSIGN_OR_RETURN(add.stats, in.Optional<std::string>("stats"));
  ASSIGN_OR_RETURN(auto tags, in.Optional<DeltaPartitionValues>("tags"));
  add.tags = std::move(tags).value_or(DeltaPartitionValues());
  return add;
}

Result<DeltaRemove> ReadRemove(const Members& in) {
  DeltaRemove remove;
  ASSIGN_OR_RETURN(remove.path, in.Required<std::string>("path"));
  RETURN_IF_ERROR(CheckNoDeletionVector(in, remove.path));
  ASSIGN_OR_RETURN(remove.deleted_ms, in.Optional<int64_t>("deletionTimestamp"));
  ASSIGN_OR_RETURN(remove.data_change, in.Required<bool>("dataChange"));
  ASSIGN_OR_RETURN(remove.partition_values, in.Optional<DeltaPartitionValues>("partitionValues"));
  ASSIGN_OR_RETURN(remove.size_bytes, in.Optional<int64_t>("size"));
  return remove;
}

Result<DeltaTxn> ReadTxn(const Members& in) {
  DeltaTxn txn;
  ASSIGN_OR_RETURN(txn.app_id, in.Required<std::string>("appId"));
  ASSIGN_OR_RETURN(txn.version, in.Required<int64_t>("version"));
  ASSIGN_OR_RETURN(txn.updated_ms, in.Optional<int64_t>("lastUpdated"));
  return txn;
}

DeltaCommitInfo ReadInfo(const Members& in) {
  DeltaCommitInfo info;
  const auto text = [&](std::string_view name) {
    const auto value = in.Find(name);
    return std::string(value ? value->AsString().value_or("") : "");
  };
  if (const auto value = in.Find("timestamp")) info.timestamp_ms = value->AsInt();
  if (const auto value = in.Find("isBlindAppend")) info.blind_append = value->AsBool();
  if (const auto value = in.Find("operationParameters"); value && value->is_object())
    info.operation_parameters = value->ToText();
  info.operation = text("operation");
  info.engine_info = text("engineInfo");
  info.txn_id = text("txnId");
  return info;
}

template <typename T>
Status SetOnce(Result<T> value, std::string_view name, std::optional<T>* out) {
  if (!value) return Fail(std::move(value).error());
  if (*out) return Fail(ErrorKind::kCorruption, "a second {} in one commit", name);
  *out = *std::move(value);
  return {};
}

template <typename T>
Status Append(Result<T> value, std::vector<T>* out) {
  if (!value) return Fail(std::move(value).error());
  out->push_back(*std::move(value));
  return {};
}

Status ReadAction(const JsonMember& member, DeltaCommit* commit) {
  const auto& [name, value] = member;
  if (value.is_null()) return {};
  if (!value.is_object())
    return Fail(ErrorKind::kCorruption, "{} is no object but {}", name, Name(value.kind()));
  const Members in(value, name);
  if (name == "add") return Append(ReadAdd(in), &commit->adds);
  if (name == "remove") return Append(ReadRemove(in), &commit->removes);
  if (name == "txn") return Append(ReadTxn(in), &commit->txns);
  if (name == "metaData") return SetOnce(ReadMetadata(in), name, &commit->metadata);
  if (name == "protocol") return SetOnce(ReadProtocol(in), name, &commit->protocol);
  if (name == "commitInfo") return SetOnce<DeltaCommitInfo>(ReadInfo(in), name, &commit->info);
  if (std::find(commit->unknown.begin(), commit->unknown.end(), name) == commit->unknown.end())
    commit->unknown.emplace_back(name);
  return {};
}

Status ReadLine(std::string_view line, DeltaCommit* commit) {
  const auto document = JsonDocument::Parse(std::string(line));
  if (!document) return Fail(ErrorKind::kCorruption, "{}", document.error().message());
  if (!document->root().is_object()) return Fail(ErrorKind::kCorruption, "no JSON object");
  for (const JsonMember member : document->root().members())
    RETURN_IF_ERROR(ReadAction(member, commit));
  return {};
}

}  // namespace

Result<DeltaCommit> ParseDeltaCommit(std::string_view text) {
  DeltaCommit commit;
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t length = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (auto read = ReadLine(line, &commit); !read)
      return Fail(std::move(read).error().In(fmt::format("line {}", number)));
  }
  return commit;
}

}  // namespace pinlake
