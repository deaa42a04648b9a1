// The contract over the stores that need no server; the S3 store has its own program.
#include "store/fake/fake_store.h"
#include "store/local/local_store.h"
#include "tests/contract/object_store_contract.h"
#include "tests/support/temp_directory.h"

namespace pinlake {
namespace {

std::unique_ptr<ObjectStore> MakeFake() { return std::make_unique<FakeStore>(); }

/// Each in a directory of its own, removed when the program ends.
std::unique_ptr<ObjectStore> MakeLocal() {
  static std::vector<std::unique_ptr<TempDirectory>> directories;
  directories.push_back(std::make_unique<TempDirectory>());
  auto store = LocalStore::Open({.directory = directories.back()->path()});
  EXPECT_TRUE(store) << store.error().message();
  return store ? std::move(*store) : nullptr;
}

INSTANTIATE_TEST_SUITE_P(Stores, ObjectStoreContract,
                         ::testing::Values(StoreMaker{"fake", MakeFake},
                                           StoreMaker{"local", MakeLocal, /*keys_are_flat=*/false}),
                         [](const auto& maker) { return maker.param.name; });

}  // namespace
}  // namespace pinlake
