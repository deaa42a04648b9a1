#include "codec/json.h"
#include "delta/delta_commit_text.h"

namespace pinlake {
namespace {

/// A JSON object, member by member; what is none is left out.
class Action {
 public:
  explicit Action(std::string_view name) { json_.BeginObject().Key(name).BeginObject(); }
  Action& Text(std::string_view name, const std::optional<std::string>& value) {
    if (value) json_.Key(name).String(*value);
    return *this;
  }
  Action& Int(std::string_view name, std::optional<int64_t> value) {
    if (value) json_.Key(name).Int(*value);
    return *this;
  }
  Action& Bool(std::string_view name, std::optional<bool> value) {
    if (value) json_.Key(name).Bool(*value);
    return *this;
  }
  Action& Texts(std::string_view name, const std::optional<std::vector<std::string>>& values) {
    if (!values) return *this;
    json_.Key(name).BeginArray();
    for (const std::string& value : *values) json_.String(value);
    json_.EndArray();
    return *this;
  }
  template <typename Values>
  Action& Map(std::string_view name, const Values& values) {
    json_.Key(name).BeginObject();
    for (const auto& [key, value] : values) Value(json_.Key(key), value);
    json_.EndObject();
    return *this;
  }
  Action& Raw(std::string_view name, std::string_view json) {
    if (!json.empty()) json_.Key(name).Raw(json);
    return *this;
  }
  void AppendTo(std::string* out) {
    *out += json_.EndObject().EndObject().text();
    *out += '\n';
  }

 private:
  static void Value(JsonWriter& json, const std::string& value) { json.String(value); }
  static void Value(JsonWriter& json, const std::optional<std::string>& value) {
    value ? json.String(*value) : json.Null();
  }

  JsonWriter json_;
};

std::optional<std::string> UnlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void Render(const DeltaCommitInfo& info, std::string* out) {
  Action("commitInfo")
      .Int("timestamp", info.timestamp_ms)
      .Text("operation", UnlessEmpty(info.operation))
      .Raw("operationParameters", info.operation_parameters)
      .Bool("isBlindAppend", info.blind_append)
      .Text("engineInfo", UnlessEmpty(info.engine_info))
      .Text("txnId", UnlessEmpty(info.txn_id))
      .AppendTo(out);
}

void Render(const DeltaProtocol& protocol, std::string* out) {
  Action("protocol")
      .Int("minReaderVersion", protocol.reader_version)
      .Int("minWriterVersion", protocol.writer_version)
      .Texts("readerFeatures", protocol.reader_features)
      .Texts("writerFeatures", protocol.writer_features)
      .AppendTo(out);
}

void Render(const DeltaMetadata& metadata, std::string* out) {
  Action("metaData")
      .Text("id", metadata.id)
      .Text("name", metadata.name)
      .Text("description", metadata.description)
      .Raw("format", R"({"provider":"parquet","options":{}})")
      .Text("schemaString", metadata.schema)
      .Texts("partitionColumns", metadata.partition_columns)
      .Map("configuration", metadata.configuration)
      .Int("createdTime", metadata.created_ms)
      .AppendTo(out);
}

void Render(const DeltaTxn& txn, std::string* out) {
  Action("txn")
      .Text("appId", txn.app_id)
      .Int("version", txn.version)
      .Int("lastUpdated", txn.updated_ms)
      .AppendTo(out);
}

void Render(const DeltaRemove& remove, std::string* out) {
  Action action("remove");
  action.Text("path", remove.path)
      .Int("deletionTimestamp", remove.deleted_ms)
      .Bool("dataChange", remove.data_change);
  // The protocol's word for "partitionValues and size are there".
  if (remove.partition_values && remove.size_bytes) action.Bool("extendedFileMetadata", true);
  if (remove.partition_values) action.Map("partitionValues", *remove.partition_values);
  action.Int("size", remove.size_bytes).AppendTo(out);
}

void Render(const DeltaAdd& add, std::string* out) {
  Action action("add");
  action.Text("path", add.path)
      .Map("partitionValues", add.partition_values)
      .Int("size", add.size_bytes)
      .Int("modificationTime", add.modified_ms)
      .Bool("dataChange", add.data_change)
      .Text("stats", add.stats);
  if (!add.tags.empty()) action.Map("tags", add.tags);
  action.AppendTo(out);
}

}  // namespace

std::string RenderDeltaCommit(const DeltaCommit& commit) {
  std::string text;
  if (commit.info) Render(*commit.info, &text);
  if (commit.protocol) Render(*commit.protocol, &text);
  if (commit.metadata) Render(*commit.metadata, &text);
  for (const DeltaTxn& txn : commit.txns) Render(txn, &text);
  for (const DeltaRemove& remove : commit.removes) Render(remove, &text);
  for (const DeltaAdd& add : commit.adds) Render(add, &text);
  return text;
}

}  // namespace pinlake
