// SPDX-License-Identifier: MIT
// Set algebra by an index of the right side's names.
#include "hosts/set_algebra.hpp"

#include <string>
#include <unordered_map>

#include "hosts/host_text.hpp"

namespace muster::hosts {
namespace {

/// Tells which hosts a list stands for. Points into the list.
class covering {
  public:
    explicit covering(host_list const& all) {
        for (auto const& entry : all) by_name_.emplace(canonical_name(entry.name), &entry);
    }

    bool contains(host const& wanted) const {
        auto const [begin, end] = by_name_.equal_range(canonical_name(wanted.name));
        for (auto found = begin; found != end; ++found)
            if (stands_for(*found->second, wanted)) return true;
        return false;
    }

  private:
    static bool stands_for(host const& entry, host const& wanted) {
        return (entry.user.empty() || entry.user == wanted.user) && (!entry.port || entry.port == wanted.port);
    }

    std::unordered_multimap<std::string, host const*> by_name_;
};

/// Those of `all` that `other` stands for, or does not stand for.
void add_matching(host_list const& all, host_list const& other, bool wanted, host_list& to) {
    covering const right(other);
    for (auto const& entry : all)
        if (right.contains(entry) == wanted) to.add(entry);
}

}  // namespace

host_list difference(host_list const& from, host_list const& without) {
    host_list out;
    add_matching(from, without, false, out);
    return out;
}

host_list intersection(host_list const& of, host_list const& with) {
    host_list out;
    add_matching(of, with, true, out);
    return out;
}

host_list symmetric_difference(host_list const& left, host_list const& right) {
    host_list out;
    add_matching(left, right, false, out);
    add_matching(right, left, false, out);
    return out;
}

}  // namespace muster::hosts
