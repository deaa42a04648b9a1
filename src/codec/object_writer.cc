#include "codec/object_writer.h"

#include "codec/json.h"

namespace pinlake {

Status JsonLinesWriter::Append(const ConnectValue& value, std::string* out) {
  switch (value.kind) {
    case ConnectKind::kNull:
      out->append("null");
      break;
    case ConnectKind::kJson:
      out->append(value.text);
      break;
    case ConnectKind::kText:
      AppendJsonString(value.text, out);
      break;
  }
  *out += '\n';
  return {};
}

Status JsonLinesWriter::Finish(std::string*) { return {}; }

}  // namespace pinlake
