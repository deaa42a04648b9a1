// An ObjectStore in a directory: objects are files, made durable before they get their name.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/local/local_files.h"
#include "store/local/local_lister.h"
#include "store/local/temp_area.h"
#include "store/object_store.h"

namespace pinlake {

struct LocalStoreOptions {
  std::string directory;  ///< absolute, or relative to the working directory
  bool create = true;     ///< make the directory if it is missing
  /// For tests: called before every step that changes the disk, with its name; an error is what the
  /// step answers.
  std::function<Status(std::string_view step)> before_step;
};

/// Thread-safe; any number of stores and processes may share a directory.
///
/// A put writes a temporary file, sets metadata on it, syncs it, links it under its name (which
/// never replaces; a plain put renames instead), and syncs the directory. A crash at any
/// instruction leaves either no object or all of it with its metadata. Keys that a directory cannot
/// hold are kInvalidArgument (CheckLocalKey); `a` and `a/b` cannot both be objects. kOutOfSpace:
/// the disk is full. kUnknownOutcome: the object is there, but its directory could not be synced,
/// so it may be gone after a crash.
class LocalStore final : public ObjectStore {
 public:
  /// kNotFound: no such directory (and not to be created); kPermissionDenied; kInvalidArgument: a
  /// file.
  static Result<std::unique_ptr<LocalStore>> Open(LocalStoreOptions options);

  Result<PutAnswer> PutIfAbsent(const ObjectKey& key, std::string_view body,
                                const PutOptions& options) override;
  Result<PutAnswer> Put(const ObjectKey& key, std::string_view body,
                        const PutOptions& options) override;
  Result<ObjectInfo> Head(const ObjectKey& key) override;
  Result<std::string> Get(const ObjectKey& key, uint64_t first = 0,
                          std::optional<uint64_t> size = {}) override;
  Result<ListPage> List(std::string_view prefix, const std::optional<ObjectKey>& start_after = {},
                        size_t limit = 1000) override;
  Status Delete(const ObjectKey& key) override;
  Result<MultipartUpload> CreateMultipart(const ObjectKey& key, const PutOptions& options) override;
  Result<UploadedPart> UploadPart(const MultipartUpload& upload, int32_t number,
                                  std::string_view body) override;
  Result<PutAnswer> CompleteMultipart(const MultipartUpload& upload,
                                      const std::vector<UploadedPart>& parts,
                                      bool if_absent) override;
  Status AbortMultipart(const MultipartUpload& upload) override;
  Result<std::vector<MultipartUpload>> ListMultiparts(std::string_view prefix) override;
  Status CheckReachable() override;
  Result<bool> ProbeConditionalPut() override;
  std::string Describe() const override { return "file://" + root_; }

 private:
  explicit LocalStore(LocalStoreOptions options, std::string root);

  struct TempFile;
  enum class Naming { kIfAbsent, kReplace };

  Status Step(std::string_view name) const;
  std::string PathOf(const ObjectKey& key) const { return root_ + "/" + key.value(); }
  std::string MetadataFolder(const ObjectKey& key) const;
  std::string UploadFolder(const MultipartUpload& upload) const;

  Result<PutAnswer> Store(const ObjectKey& key, std::string_view body, const PutOptions& options,
                          Naming naming);
  Result<TempFile> NewTemp();
  /// Metadata, sync, name, sync of the directory.
  Result<PutAnswer> Publish(const ObjectKey& key, TempFile temp, const PutOptions& options,
                            Naming naming);
  Status PutMetadata(const ObjectKey& key, const TempFile& temp, const PutOptions& options);
  Status WriteMetadataFile(const ObjectKey& key, const TempFile& temp, const std::string& text);
  Status GiveName(const ObjectKey& key, const TempFile& temp, Naming naming);
  Result<Descriptor> OpenObject(const ObjectKey& key, struct stat& info) const;
  Result<PutOptions> ReadMetadata(const ObjectKey& key, int fd, const struct stat& info) const;
  Result<std::pair<ObjectKey, PutOptions>> ReadUpload(const std::string& folder) const;
  Status AppendPart(const MultipartUpload& upload, const UploadedPart& part, int to) const;

  const LocalStoreOptions options_;
  const std::string root_;
  DurableDirectories directories_;
  TempArea temp_;
  LocalLister lister_;
};

}  // namespace pinlake
