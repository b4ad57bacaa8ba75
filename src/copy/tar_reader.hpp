// SPDX-License-Identifier: MIT
// A tar that is not trusted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace muster::copy {

/// Takes the permissions away from an open file or folder that `mode` lacks, but for those of its owner to read and to
/// write, and to enter a folder. False: errno says why not.
bool restrict_mode(int file, unsigned mode);

/// The same as unpack(), in pieces.
class unpacking {
  public:
    unpacking(int file, std::string const& folder, std::uint64_t most);
    ~unpacking();
    unpacking(unpacking const&) = delete;
    unpacking& operator=(unpacking const&) = delete;

    /// A piece of it, bounded whatever the tar is. True: it was the last. Not to be called after an exception.
    bool go_on();

  private:
    class state;
    std::unique_ptr<state> state_;
};

/// Unpacks the tar in this open file into a new folder. Whatever the tar says, nothing comes to lie outside of it,
/// nothing is written through a link, this user owns what is in it and may write to it, and no file may be executed;
/// others get no permission that the tar or the umask does not give. Throws copy_error
/// for a tar that would have it otherwise, is cut short, or has more than `most` bytes, 1,000,000 entries or 100
/// folders in each other; input_error when this machine's disk fails.
void unpack(int file, std::string const& folder, std::uint64_t most);

}  // namespace muster::copy
