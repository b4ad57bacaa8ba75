// SPDX-License-Identifier: MIT
// Lets one program try the password, and says which programs are ended when it was refused.
#include "cli/run/password_trial.hpp"

#include <utility>

namespace muster::cli {

password_trial::verdict password_trial::asks(pid_t program, std::string const& host, bool is_watched) {
    if (have_it_.contains(program)) {
        if (!accepted_ && refused_by_.empty()) refused_by_ = host;
        if (tries_ == program) tries_ = 0;
        return verdict::refuse;
    }
    if (!refused_by_.empty()) return verdict::refuse;
    if (!accepted_ && tries_ != 0) return verdict::wait;
    if (!accepted_ && is_watched) {
        tries_ = program;
        tries_on_ = host;
    }
    have_it_.insert(program);
    return verdict::give;
}

void password_trial::logged_in(pid_t program) {
    if (tries_ != program) return;
    tries_ = 0;
    accepted_ = true;
}

void password_trial::ended(pid_t program) {
    if (tries_ != program) return;
    tries_ = 0;
    have_it_.erase(program);
    if (--ends_left_ == 0) refused_by_ = std::exchange(tries_on_, {});
}

}  // namespace muster::cli
