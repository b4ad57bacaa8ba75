// SPDX-License-Identifier: MIT
// libarchive, which the program uses for a format that muster does not: writes a zip and reads it.
#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include <archive.h>
#include <archive_entry.h>

namespace {

std::size_t write_zip(char* into, std::size_t size) {
    std::size_t used = 0;
    auto* const zip = archive_write_new();
    archive_write_set_format_zip(zip);
    archive_write_open_memory(zip, into, size, &used);
    auto* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, "name");
    archive_entry_set_size(entry, 5);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(zip, entry);
    archive_write_data(zip, "hello", 5);
    archive_entry_free(entry);
    archive_write_free(zip);
    return used;
}

}  // namespace

extern "C" int other_library() {
    std::array<char, 8192> bytes{};
    auto const used = write_zip(bytes.data(), bytes.size());
    auto* const reader = archive_read_new();
    archive_read_support_format_all(reader);
    archive_read_support_filter_all(reader);
    archive_entry* found = nullptr;
    bool const is_read = archive_read_open_memory(reader, bytes.data(), used) == ARCHIVE_OK &&
                         archive_read_next_header(reader, &found) == ARCHIVE_OK &&
                         std::strcmp(archive_entry_pathname(found), "name") == 0;
    archive_read_free(reader);
    return is_read ? 0 : 1;
}
