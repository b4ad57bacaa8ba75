// SPDX-License-Identifier: MIT
// Text in a page: never markup, whatever a host printed.
#pragma once

#include <string>
#include <string_view>

namespace muster::output {

/// Appends text for an element or a quoted attribute (HTML Standard 13.1.4). Control sequences are left out; a byte
/// that is not UTF-8 becomes U+FFFD.
void append_html(std::string& to, std::string_view text);

std::string html(std::string_view text);

/// "sha256-..." for a Content-Security-Policy that lets only this script or style be used (CSP Level 3, 2.3.1).
std::string policy_hash(std::string_view content);

}  // namespace muster::output
