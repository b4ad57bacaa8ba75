// SPDX-License-Identifier: MIT
// Each host's result as it ends, not in the order of the list: as_they_come HOSTS COMMAND
#include <iostream>
#include <variant>

#include <muster/muster.hpp>

namespace {

class printer final : public muster::sink {
  public:
    muster::flow tell(muster::event const& event) override {
        if (auto const* const ended = std::get_if<muster::events::host_ended>(&event)) {
            auto const& host = ended->result;
            std::cout << host.host << " " << to_string(host.state) << ": "
                      << muster::sanitised(host.out.substr(0, host.out.find('\n'))) << std::endl;
        }
        return muster::flow::go_on;
    }
};

}  // namespace

int main(int count, char** words) {
    if (count != 3) return 2;
    printer told;
    return muster::exit_code(muster::run(muster::parse_hosts(words[1]), {words[2]}, {}, told));
}
