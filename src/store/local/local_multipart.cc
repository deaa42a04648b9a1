// Multipart uploads of the directory store: a folder a upload, a file a part.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/rng.h"
#include "store/local/local_metadata.h"
#include "store/local/local_paths.h"
#include "store/local/local_store.h"
#include "store/local/local_temp_file.h"
#include "store/store_rules.h"

namespace pinlake {
namespace {

/// Holds the key in its first line and then the metadata. Parts are files of five digits.
constexpr std::string_view kHeadFile = "/upload";
constexpr uint64_t kHeadBytesMax = 16'384;

/// An id that we made: nothing in it leaves the folder.
bool IsUploadId(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
  });
}

std::string PartPath(const std::string& folder, int32_t number) {
  return fmt::format("{}/{:05}", folder, number);
}

tl::unexpected<Error> NoSuchUpload(const MultipartUpload& upload) {
  return Fail(ErrorKind::kNotFound, "upload {} of {}: not there (any more)", upload.upload_id,
              upload.key.value());
}

}  // namespace

std::string LocalStore::UploadFolder(const MultipartUpload& upload) const {
  return fmt::format("{}/{}{}", root_, kLocalUploadsFolder, upload.upload_id);
}

Result<MultipartUpload> LocalStore::CreateMultipart(const ObjectKey& key,
                                                    const PutOptions& options) {
  RETURN_IF_ERROR(CheckLocalKey(key));
  RETURN_IF_ERROR(CheckPutOptions(options));
  MultipartUpload upload{key, Rng::FromSystem().Uuid(), 0};
  RETURN_IF_ERROR(directories_.Ensure(
      fmt::format("{}/{}", root_, kLocalUploadsFolder.substr(0, kLocalUploadsFolder.size() - 1))));
  const std::string folder = UploadFolder(upload);
  if (::mkdir(folder.c_str(), 0777) != 0) return FailErrno("make directory", folder, errno);
  const std::string path = folder + std::string(kHeadFile);
  ASSIGN_OR_RETURN(const Descriptor fd, OpenPath(path, O_WRONLY | O_CREAT | O_EXCL));
  RETURN_IF_ERROR(WriteAll(fd.get(), key.value() + "\n" + RenderLocalMetadata(options), path));
  struct stat info {};
  if (::fstat(fd.get(), &info) == 0) upload.started_ms = ModifiedMs(info);
  return upload;
}

Result<UploadedPart> LocalStore::UploadPart(const MultipartUpload& upload, int32_t number,
                                            std::string_view body) {
  if (number < 1 || number > kPartNumberMax) {
    return Fail(ErrorKind::kInvalidArgument, "part number {} is not 1 to {}", number,
                kPartNumberMax);
  }
  if (!IsUploadId(upload.upload_id)) return NoSuchUpload(upload);
  ASSIGN_OR_RETURN(TempFile temp, NewTemp());
  RETURN_IF_ERROR(WriteAll(temp.fd.get(), body, temp.path));
  struct stat info {};
  if (::fstat(temp.fd.get(), &info) != 0) return FailErrno("stat", temp.path, errno);
  const std::string path = PartPath(UploadFolder(upload), number);
  if (::rename(temp.path.c_str(), path.c_str()) != 0) {
    if (errno == ENOENT) return NoSuchUpload(upload);
    return FailErrno("name", path, errno);
  }
  return UploadedPart{number, EtagOf(info)};
}

Result<std::pair<ObjectKey, PutOptions>> LocalStore::ReadUpload(const std::string& folder) const {
  const std::string path = folder + std::string(kHeadFile);
  ASSIGN_OR_RETURN(const Descriptor fd, OpenPath(path, O_RDONLY));
  ASSIGN_OR_RETURN(const std::string text, ReadRange(fd.get(), 0, kHeadBytesMax, path));
  const size_t end = text.find('\n');
  if (end == text.npos) return Fail(ErrorKind::kCorruption, "{} has no key", path);
  ASSIGN_OR_RETURN(PutOptions options, ParseLocalMetadata(std::string_view(text).substr(end + 1)));
  return std::pair(ObjectKey(text.substr(0, end)), std::move(options));
}

Status LocalStore::AppendPart(const MultipartUpload& upload, const UploadedPart& part,
                              int to) const {
  const std::string path = PartPath(UploadFolder(upload), part.number);
  auto fd = OpenPath(path, O_RDONLY);
  struct stat info {};
  if (!fd || ::fstat(fd->get(), &info) != 0 || EtagOf(info) != part.etag) {
    return Fail(ErrorKind::kInvalidArgument, "upload {} of {}: part {} is not there",
                upload.upload_id, upload.key.value(), part.number);
  }
  return CopyAll(fd->get(), to, path);
}

Result<PutAnswer> LocalStore::CompleteMultipart(const MultipartUpload& upload,
                                                const std::vector<UploadedPart>& parts,
                                                bool if_absent) {
  RETURN_IF_ERROR(CheckParts(parts));
  const auto head = IsUploadId(upload.upload_id)
                        ? ReadUpload(UploadFolder(upload))
                        : Result<std::pair<ObjectKey, PutOptions>>(NoSuchUpload(upload));
  if (!head && head.error().kind() != ErrorKind::kNotFound) return Fail(head.error());
  if (!head || head->first != upload.key) return NoSuchUpload(upload);
  ASSIGN_OR_RETURN(TempFile temp, NewTemp());
  for (const UploadedPart& part : parts) RETURN_IF_ERROR(AppendPart(upload, part, temp.fd.get()));
  auto answer = Publish(upload.key, std::move(temp), head->second,
                        if_absent ? Naming::kIfAbsent : Naming::kReplace);
  if (answer) RETURN_IF_ERROR(AbortMultipart(upload));
  return answer;
}

Status LocalStore::AbortMultipart(const MultipartUpload& upload) {
  return IsUploadId(upload.upload_id) ? RemoveFolder(UploadFolder(upload)) : Status();
}

Result<std::vector<MultipartUpload>> LocalStore::ListMultiparts(std::string_view prefix) {
  std::vector<MultipartUpload> found;
  MultipartUpload upload;
  ASSIGN_OR_RETURN(const auto names, NamesIn(fmt::format("{}/{}", root_, kLocalUploadsFolder)));
  for (const std::string& name : names) {
    if (!IsUploadId(name)) continue;
    upload.upload_id = name;
    const std::string folder = UploadFolder(upload);
    struct stat info {};
    auto head = ReadUpload(folder);
    if (!head || ::stat((folder + std::string(kHeadFile)).c_str(), &info) != 0) continue;
    if (!head->first.value().starts_with(prefix)) continue;
    found.push_back({std::move(head->first), name, ModifiedMs(info)});
  }
  return found;
}

}  // namespace pinlake
