// The files ~/.aws/credentials and ~/.aws/config.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinlake {

/// Settings by name (lower case).
using ProfileSettings = std::map<std::string, std::string>;
/// By profile name.
using Profiles = std::map<std::string, ProfileSettings>;

enum class ProfileFileKind {
  kCredentials,  ///< `[name]`
  kConfig,  ///< `[default]`, `[profile name]`; other sections (sso-session, services) are skipped
};

/// Reads what the AWS tools read: `name = value`, comments with # or ; at the start of a line or
/// after a blank, settings nested by indentation skipped, a section given twice joined, later
/// settings winning. kInvalidArgument, with the line: a line that is none of these, or a setting
/// before any section. \see docs.aws.amazon.com/sdkref, "Shared config and credentials files"
Result<Profiles> ParseProfileFile(std::string_view text, ProfileFileKind kind);

/// Text that reads back as \p profiles.
std::string RenderProfileFile(const Profiles& profiles, ProfileFileKind kind);

}  // namespace pinlake
