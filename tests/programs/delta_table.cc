// Lets tests/e2e/test_delta.py make versions of a table with src/delta, beside other programs.
//
//   delta_table STORE-URL [ENDPOINT] TABLE create SCHEMA
//   delta_table ... append PATH BYTES STATS APP VERSION     (a txn; 0: none)
//   delta_table ... replace OLD-PATH PATH BYTES STATS       (the same rows in another file)
//   delta_table ... show                                    (version, files, txns as JSON)
//
// Exit code 0, or 1 with "kind: message" on stderr.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/json.h"
#include "delta/delta_log.h"
#include "store/open_store.h"

namespace {

using namespace pinlake;
using Arguments = std::vector<std::string>;

void Show(const DeltaSnapshot& snapshot) {
  JsonWriter json;
  json.BeginObject().Key("version").Int(snapshot.version).Key("files").BeginArray();
  for (const auto& [path, add] : snapshot.files) json.String(path);
  json.EndArray().Key("txns").BeginObject();
  for (const auto& [app, txn] : snapshot.txns) json.Key(app).Int(txn.version);
  json.EndObject().EndObject();
  std::puts(json.text().c_str());
}

DeltaCommit CreateTable(const std::string& schema) {
  DeltaCommit commit;
  commit.info = {.operation = "CREATE TABLE", .engine_info = "pinlake"};
  commit.protocol = DeltaProtocol();
  commit.metadata = {.id = Rng::FromSystem().Uuid(),
                     .schema = schema,
                     .configuration = {{std::string(kDeltaCreatedBy), "tests"}},
                     .created_ms = SystemClock().WallMs()};
  return commit;
}

DeltaAdd AddOf(const std::string& path, const std::string& bytes, const std::string& stats) {
  return {.path = path,
          .size_bytes = std::strtoll(bytes.c_str(), nullptr, 10),
          .modified_ms = SystemClock().WallMs(),
          .stats = stats};
}

DeltaCommit Append(const Arguments& given) {
  DeltaCommit commit;
  commit.info = {.operation = "WRITE", .engine_info = "pinlake"};
  commit.adds = {AddOf(given[1], given[2], given[3])};
  const int64_t version = std::strtoll(given[5].c_str(), nullptr, 10);
  if (version > 0) commit.txns = {{.app_id = given[4], .version = version}};
  return commit;
}

DeltaCommit Replace(const DeltaSnapshot& base, const Arguments& given) {
  DeltaCommit commit;
  commit.info = {.operation = "OPTIMIZE", .engine_info = "pinlake"};
  const auto old = base.files.find(given[1]);
  commit.removes = {{.path = given[1],
                     .deleted_ms = SystemClock().WallMs(),
                     .data_change = false,
                     .partition_values = DeltaPartitionValues(),
                     .size_bytes = old == base.files.end() ? 0 : old->second.size_bytes}};
  commit.adds = {AddOf(given[2], given[3], given[4])};
  commit.adds[0].data_change = false;
  return commit;
}

Result<DeltaSnapshot> Do(DeltaLog& log, const Arguments& given) {
  if (given[0] == "create" && given.size() == 2) return log.Commit({}, {CreateTable(given[1])});
  ASSIGN_OR_RETURN(DeltaSnapshot base, log.Read());
  if (given[0] == "append" && given.size() == 6) return log.Commit(base, {Append(given)});
  if (given[0] == "replace" && given.size() == 5) return log.Commit(base, {Replace(base, given)});
  if (given[0] == "show") return base;
  return Fail(ErrorKind::kInvalidArgument, "cannot do '{}' with {} arguments", given[0],
              given.size());
}

Result<DeltaSnapshot> Run(Arguments given) {
  StoreOptions options;
  options.url = given[0];
  given.erase(given.begin());
  if (given[0].starts_with("http")) {
    options.endpoint = given[0];
    given.erase(given.begin());
  }
  ASSIGN_OR_RETURN(const auto store, OpenStore(options));
  DeltaLog log(*store, given.at(0), SystemClock(), Rng::FromSystem());
  given.erase(given.begin());
  return Do(log, given);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments given(argv + 1, argv + argc);
  if (given.size() < 3) return 64;
  const auto done = Run(given);
  if (!done) {
    std::fprintf(stderr, "%s: %s\n", std::string(Name(done.error().kind())).c_str(),
                 done.error().message().c_str());
    return 1;
  }
  Show(*done);
  return 0;
}
