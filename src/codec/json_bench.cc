// What the sink pays a record for its JSON. Budget: 700 MB/s of validate and minify (parse and
// write of yyjson on the machine this was planned on); the floor beside it is memcpy of the same
// records.
#include <benchmark/benchmark.h>

#include "codec/json.h"
#include "codec/json_minify.h"

namespace {

using namespace pinlake;

/// Like a row of the example's pins: 12 members, some 400 bytes; spaces as Python's json.dumps puts
/// them.
std::string PinRecord() {
  return R"pin({"index": 7528, "unique_id": "fbe53c66-3442-4773-b19e-d3ec6f54dddf",)pin"
         R"pin( "title": "No Title Data Available", "description": "No description available")pin"
         R"pin(, "poster_name": "User Info Error", "follower_count": "User Info Error",)pin"
         R"pin( "tag_list": "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", "is_image_or_video":)pin"
         R"pin( "multi-video(story page format)", "image_src": "Image src error.",)pin"
         R"pin( "downloaded": 0, "save_location": "Local save in /data/mens-fashion",)pin"
         R"pin( "category": "mens-fashion"})pin";
}

void BM_MinifyJson(benchmark::State& state) {
  const std::string record = PinRecord();
  JsonMinifier minifier;
  std::string out;
  for (auto _ : state) {
    if (out.size() > 1 << 20) out.clear();
    benchmark::DoNotOptimize(minifier.Append(record, &out));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(record.size()));
}
BENCHMARK(BM_MinifyJson);

void BM_ParseAndWriteJson(benchmark::State& state) {
  const std::string record = PinRecord();
  std::string out;
  for (auto _ : state) {
    if (out.size() > 1 << 20) out.clear();
    const auto document = JsonDocument::Parse(record);
    document->root().AppendTo(&out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(record.size()));
}
BENCHMARK(BM_ParseAndWriteJson);

void BM_MemcpyFloor(benchmark::State& state) {
  const std::string record = PinRecord();
  std::string out;
  for (auto _ : state) {
    if (out.size() > 1 << 20) out.clear();
    out.append(record);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(record.size()));
}
BENCHMARK(BM_MemcpyFloor);

}  // namespace
