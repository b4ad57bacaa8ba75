// SPDX-License-Identifier: MIT
// Output that is too much for memory: one temporary file of equal slots, which are used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace muster::output {

/// The file has mode 0600 and no name, so it goes away with the process however that ends. It is made when it is first
/// needed, in memory where the directory takes none. Slots may be reserved and released on any thread; put and get are
/// for one thread, the writer's.
class spill_file {
  public:
    using slot = std::uint32_t;

    static constexpr std::size_t slot_size = std::size_t{64} << 10;

    explicit spill_file(std::string directory) : directory_(std::move(directory)) {}
    ~spill_file();
    spill_file(spill_file const&) = delete;
    spill_file& operator=(spill_file const&) = delete;

    slot reserve();
    void release(std::vector<slot> const& slots) noexcept;

    /// `bytes`: at most slot_size. Throws write_error.
    void put(slot where, std::string_view bytes);
    /// Sets `bytes` to the first `size` bytes of what was put. Throws write_error.
    void get(slot where, std::string& bytes, std::size_t size = slot_size) const;

  private:
    void open();

    std::string directory_;
    int descriptor_ = -1;
    std::mutex mutex_;  // for the two below
    std::vector<slot> free_;
    slot next_ = 0;
};

}  // namespace muster::output
