// SPDX-License-Identifier: MIT
// libcurl, which links the system's libssh2, fetches a file by sftp.
#include <cstddef>
#include <cstdlib>
#include <string>

extern "C" {
void* curl_easy_init();
int curl_easy_setopt(void* handle, int option, ...);
int curl_easy_perform(void* handle);
void curl_easy_cleanup(void* handle);
}

namespace {
std::string variable(char const* name) {
    char const* const value = std::getenv(name);
    return value != nullptr ? value : "";
}
std::size_t take(char*, std::size_t size, std::size_t count, void* total) {
    *static_cast<std::size_t*>(total) += size * count;
    return size * count;
}
}  // namespace

extern "C" int other_library() {
    void* const curl = curl_easy_init();
    std::string const url = "sftp://" + variable("FLEET_ADDRESS") + ":" + variable("FLEET_PORT") + "/etc/hostname";
    std::string const user = variable("FLEET_USER"), key = variable("FLEET_KEY"), public_key = key + ".pub";
    std::size_t total = 0;
    curl_easy_setopt(curl, 10002, url.c_str());         // CURLOPT_URL
    curl_easy_setopt(curl, 10173, user.c_str());        // CURLOPT_USERNAME
    curl_easy_setopt(curl, 10153, key.c_str());         // CURLOPT_SSH_PRIVATE_KEYFILE
    curl_easy_setopt(curl, 10152, public_key.c_str());  // CURLOPT_SSH_PUBLIC_KEYFILE
    curl_easy_setopt(curl, 13, 20L);                    // CURLOPT_TIMEOUT
    curl_easy_setopt(curl, 20011, take);                // CURLOPT_WRITEFUNCTION
    curl_easy_setopt(curl, 10001, &total);              // CURLOPT_WRITEDATA
    int const code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    return code != 0 ? code : total == 0 ? -1 : 0;
}
