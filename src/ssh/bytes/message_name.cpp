// SPDX-License-Identifier: MIT
// A table of numbers and names.
#include "ssh/bytes/message_name.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace muster::ssh {

namespace {

struct named_number {
    int number;
    std::string_view name;
};

constexpr named_number table[] = {
    {1, "DISCONNECT"},
    {2, "IGNORE"},
    {3, "UNIMPLEMENTED"},
    {4, "DEBUG"},
    {5, "SERVICE_REQUEST"},
    {6, "SERVICE_ACCEPT"},
    {7, "EXT_INFO"},
    {20, "KEXINIT"},
    {21, "NEWKEYS"},
    {50, "USERAUTH_REQUEST"},
    {51, "USERAUTH_FAILURE"},
    {52, "USERAUTH_SUCCESS"},
    {53, "USERAUTH_BANNER"},
    {80, "GLOBAL_REQUEST"},
    {81, "REQUEST_SUCCESS"},
    {82, "REQUEST_FAILURE"},
    {90, "CHANNEL_OPEN"},
    {91, "CHANNEL_OPEN_CONFIRMATION"},
    {92, "CHANNEL_OPEN_FAILURE"},
    {93, "CHANNEL_WINDOW_ADJUST"},
    {94, "CHANNEL_DATA"},
    {95, "CHANNEL_EXTENDED_DATA"},
    {96, "CHANNEL_EOF"},
    {97, "CHANNEL_CLOSE"},
    {98, "CHANNEL_REQUEST"},
    {99, "CHANNEL_SUCCESS"},
    {100, "CHANNEL_FAILURE"},
};

}  // namespace

std::string message_name(int number) {
    auto const* const found = std::ranges::find(table, number, &named_number::number);
    if (found != std::end(table)) return std::string(found->name);
    if (number >= 30 && number < 50) return "KEX " + std::to_string(number);
    if (number >= 60 && number < 80) return "USERAUTH " + std::to_string(number);
    return "message " + std::to_string(number);
}

}  // namespace muster::ssh
