// Runs a fuzz target without libFuzzer: every file of the corpus folders, and of each some small
// damages. Usage: <target>_replay FOLDER...   Exits 1 if the folders hold no file: then nothing was
// tested.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kDamagesPerFile = 64;

void Run(const std::string& bytes) {
  // An own allocation of the exact size, so that AddressSanitizer sees a read past the end.
  const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string Damaged(std::string bytes, std::mt19937& random) {
  const size_t at = random() % bytes.size();
  switch (random() % 4) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
      break;
    case 2:
      bytes.erase(at, 1 + random() % 8);
      break;
    default:
      bytes.insert(at, bytes.substr(at, 1 + random() % 8));
  }
  return bytes;
}

void RunFile(const std::filesystem::path& path) {
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);  // a crash must name its file
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Run(bytes);
  std::mt19937 random(1);  // a fixed seed: the same damages in every run
  for (int i = 0; i < kDamagesPerFile && !bytes.empty(); ++i) Run(Damaged(bytes, random));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) RunFile(file);
  std::printf("%zu files\n", files.size());
  return files.empty() ? 1 : 0;
}
