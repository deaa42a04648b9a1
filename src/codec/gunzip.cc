#include "codec/gunzip.h"

#include <zlib.h>

#include <array>

namespace pinlake {

struct Gunzip::Impl {
  z_stream stream{};
  bool inside = false;  ///< of a member; between members the file may end
};

Gunzip::Gunzip() : impl_(std::make_unique<Impl>()) {
  // 16: gzip, 15: the largest window.
  CHECK(inflateInit2(&impl_->stream, 16 + 15) == Z_OK, "zlib needs 40 KB of memory");
}

Gunzip::~Gunzip() { inflateEnd(&impl_->stream); }

Status Gunzip::Add(std::string_view piece, std::string* out) {
  std::array<unsigned char, 64 << 10> buffer;
  auto& stream = impl_->stream;
  // zlib's interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream.avail_in = static_cast<uInt>(piece.size());
  do {
    if (!impl_->inside && stream.avail_in == 0) return {};
    impl_->inside = true;
    stream.next_out = buffer.data();
    stream.avail_out = buffer.size();
    const int answer = inflate(&stream, Z_NO_FLUSH);
    out->append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - stream.avail_out);
    if (answer == Z_STREAM_END) {
      impl_->inside = false;
      inflateReset(&stream);
    } else if (answer != Z_OK && answer != Z_BUF_ERROR) {
      return Fail(ErrorKind::kCorruption, "broken gzip after {} bytes: {}", stream.total_in,
                  stream.msg == nullptr ? "no reason given" : stream.msg);
    }
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  return {};
}

Status Gunzip::Finish() const {
  if (!impl_->inside) return {};
  return Fail(ErrorKind::kCorruption, "the gzip file ends after {} bytes in the middle",
              impl_->stream.total_in);
}

}  // namespace pinlake
