// SPDX-License-Identifier: MIT
// Where what is fetched from one host comes to lie.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <muster/copy.hpp>
#include <muster/job.hpp>

#include "copy/tar_reader.hpp"
#include "process/unique_fd.hpp"

namespace muster::copy {

/// The folder and the name of what comes from the host with this label.
struct pulled_place {
    std::string folder;
    std::string name;
};

pulled_place place_of(std::string const& folder, std::string const& label, std::string const& name, pulled_name pulled);

/// Takes away what pulls of processes that were killed have left in `folder`, but for what a directory that is not
/// there yet was to replace.
void remove_leftovers(std::string const& folder);

/// A target that takes long to finish, be it because of what the host has sent: others shall have their turns
/// meanwhile, and a pull that was cancelled shall end.
class pieced_target : public pull_target {
  public:
    /// A bounded piece of finish(). True: it was the last.
    virtual bool finish_some() = 0;
    void finish() final {
        while (!finish_some()) {
        }
    }
};

/// FOLDER/NAME, written beside it under a name of its own and renamed at the end.
class pull_folder final : public pieced_target {
  public:
    pull_folder(std::string folder, std::string name, std::uint64_t most);
    ~pull_folder() override;

    void permit(unsigned mode) override { mode_ = mode; }
    void begin(bool directory) override;
    void take(std::string_view bytes) override;
    bool finish_some() override;

  private:
    std::string target() const { return folder_ + "/" + name_; }
    void refuse_other_kind() const;
    void make_staging();
    void close_file();
    bool unpack_some();
    void put_in_place(std::string const& made);

    std::string folder_;
    std::string name_;
    std::uint64_t most_;
    unsigned mode_ = 0777;  // of a file
    bool directory_ = false;
    std::string staging_;  // made, and to be taken away
    unique_fd lock_;       // on it, as long as this process lives
    int file_ = -1;
    std::unique_ptr<unpacking> unpacking_;
};

}  // namespace muster::copy
