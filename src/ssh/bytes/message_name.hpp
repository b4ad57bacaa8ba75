// SPDX-License-Identifier: MIT
// The names of SSH's messages.
#pragma once

#include <string>

namespace muster::ssh {

/// As RFC 4250 section 4.1 and the RFCs of the key exchanges have it, without "SSH_MSG_"; "message 77" for a number of
/// none. The numbers from 30 on belong to the method of key exchange and those from 60 on to the method of login: where
/// methods differ the name is the layer's, with the number.
std::string message_name(int number);

}  // namespace muster::ssh
