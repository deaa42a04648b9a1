#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "cli/mysql_flags.h"
#include "cli/signals.h"
#include "codec/json.h"
#include "emulator/dataset_files.h"
#include "emulator/mysql_load.h"

namespace pinlake {

Result<MySqlAddress> MySqlAddressOf(const std::string& text, const MySqlFlags& flags) {
  ASSIGN_OR_RETURN(auto address, ParseMySqlAddress(text));
  ASSIGN_OR_RETURN(address.password, ReadMySqlPassword(flags.password_file, flags.password_env));
  address.tls = flags.tls;
  address.ca_file = flags.tls_ca;
  return address;
}

namespace {

struct GenerateFlags {
  int64_t rows = 0;
  uint64_t seed = 0;
  std::string out;
  DatasetFormat format = DatasetFormat::kJson;
  bool json = false;
};

const OptionTable<GenerateFlags>& GenerateTable() {
  using C = GenerateFlags;
  static const OptionTable<C> table{
      {.name = "rows",
       .field = Int(&C::rows, 1),
       .fallback = "11000",
       .doc = "Rows of each table."},
      {.name = "seed",
       .field = Int(&C::seed),
       .fallback = "1",
       .doc = "The same seed gives the same bytes on every machine."},
      {.name = "out", .field = Text(&C::out, 1), .doc = "Directory for the files; made if absent."},
      {.name = "format",
       .field = Enum(&C::format, {{"json", DatasetFormat::kJson}, {"csv", DatasetFormat::kCsv}}),
       .fallback = "json",
       .doc = "json: one object a line. csv: with a header."},
      {.name = "json",
       .field = Bool(&C::json),
       .fallback = "false",
       .doc = "Print the result as JSON."},
  };
  return table;
}

int RunGenerate(const CommandCall& call) {
  const auto flags = GenerateTable().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const auto& config = flags->config;
  const auto files = WriteDatasetFiles(Dataset(config.rows, config.seed), config.out, config.format,
                                       RealDisk(), StopOnSignals());
  if (!files) return Failed(call, files.error());
  JsonWriter json;
  json.BeginObject()
      .Key("rows")
      .Int(config.rows)
      .Key("seed")
      .Uint(config.seed)
      .Key("files")
      .BeginArray();
  for (const auto& file : *files) {
    json.BeginObject()
        .Key("path")
        .String(file.path)
        .Key("rows")
        .Int(file.rows)
        .Key("bytes")
        .Uint(file.bytes)
        .EndObject();
    if (!config.json) fmt::print("{}: {} rows, {} bytes\n", file.path, file.rows, file.bytes);
  }
  json.EndArray().EndObject();
  if (config.json) fmt::print("{}\n", json.text());
  return 0;
}

struct LoadFlags : MySqlFlags {
  std::string to;
  int64_t rows = 0;
  uint64_t seed = 0;
  bool replace = false;
  bool json = false;
};

const OptionTable<LoadFlags>& LoadTable() {
  using C = LoadFlags;
  static const OptionTable<C> table{
      {.name = "to",
       .field = Url(&C::to, {"mysql"}),
       .doc = "mysql://user@host[:port]/database[?socket=/path], without a password."},
      {.name = "rows",
       .field = Int(&C::rows, 1),
       .fallback = "11000",
       .doc = "Rows of each table."},
      {.name = "seed",
       .field = Int(&C::seed),
       .fallback = "1",
       .doc = "The same seed gives the same rows."},
      {.name = "replace",
       .field = Bool(&C::replace),
       .fallback = "false",
       .doc = "Drop tables of these names even if this command did not make them."},
      PasswordFileRow<C>(),
      PasswordEnvRow<C>(),
      TlsRow<C>(),
      TlsCaRow<C>(),
      {.name = "json",
       .field = Bool(&C::json),
       .fallback = "false",
       .doc = "Print the result as JSON."},
  };
  return table;
}

int RunLoad(const CommandCall& call) {
  const auto flags = LoadTable().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const auto& config = flags->config;
  auto address = MySqlAddressOf(config.to, config);
  if (!address) return WrongUsage(call, address.error());
  const auto tables =
      LoadDataset({std::move(*address), config.rows, config.seed, config.replace}, StopOnSignals());
  if (!tables) return Failed(call, tables.error());
  JsonWriter json;
  json.BeginObject().Key("tables").BeginArray();
  for (const auto& table : *tables) {
    json.BeginObject()
        .Key("name")
        .String(table.name)
        .Key("rows")
        .Int(table.rows)
        .Key("was_there")
        .Bool(table.was_there)
        .EndObject();
    if (!config.json) {
      fmt::print("{}: {} rows{}\n", table.name, table.rows,
                 table.was_there ? ", as they were" : "");
    }
  }
  json.EndArray().EndObject();
  if (config.json) fmt::print("{}\n", json.text());
  return 0;
}

}  // namespace

Command DatasetGenerateCommand() {
  return {.name = "dataset generate",
          .summary = "Writes generated posts, places and users to files.",
          .details =
              "Three files, pin, geo and user, of any number of rows: placeholders, odd counts, "
              "nulls and\n"
              "all of Unicode included. Split lines on \\n only.\n\n"
              "  pinlake dataset generate --rows 11000 --seed 1 --out dataset",
          .options = []() -> const OptionRows& { return GenerateTable().rows(); },
          .run = RunGenerate};
}

Command DatasetLoadCommand() {
  return {.name = "dataset load",
          .summary = "Loads generated posts, places and users into MySQL or MariaDB.",
          .details =
              "Makes the tables pinterest_data, geolocation_data and user_data. A second run with "
              "the same\n"
              "rows and seed does nothing.\n\n"
              "  pinlake dataset load --to mysql://pinlake@127.0.0.1:3306/pinterest_data "
              "--password-file secret",
          .options = []() -> const OptionRows& { return LoadTable().rows(); },
          .run = RunLoad};
}

}  // namespace pinlake
