// SPDX-License-Identifier: MIT
// Collects keys of files and of the agent, and leaves out those that the settings exclude.
#include "ssh/login/user_keys.hpp"

#include <algorithm>
#include <utility>

#include "ssh/connection/algorithms.hpp"
#include "ssh/keys/certificate.hpp"

namespace muster::ssh {

namespace {

std::string file_name(std::string const& path) {
    return path.substr(path.rfind('/') + 1);
}

/// Collects the keys of one endpoint, group by group.
class collection {
  public:
    collection(endpoint const& endpoint, credentials const& files, std::vector<public_key> const& in_agent)
        : endpoint_(endpoint), files_(files), in_agent_(in_agent), taken_(in_agent.size(), false) {}

    key_choice collected() && {
        for (auto const& path : endpoint_.settings->certificates)
            add_certificate(files_.certificate_at(path), file_name(path), named_certificates_);
        for (auto const& file : endpoint_.settings->identities) add_identity(file.path, files_.identity_at(file.path));
        for (std::size_t i = 0; i < in_agent_.size() && !endpoint_.settings->identities_only; ++i) {
            if (!taken_[i]) add({in_agent_[i], {}, {}, in_agent_[i].blob, "agent:" + std::to_string(i + 1)}, others_);
        }
        auto all = std::move(named_certificates_);
        for (auto* const group : {&named_in_agent_, &others_, &in_files_})
            std::ranges::move(*group, std::back_inserter(all));
        return {std::move(all), std::move(left_out_)};
    }

  private:
    using keys = std::vector<user_key>;

    /// The setting that excludes it; empty: none does, or the key is not known yet.
    std::string excluded_by(byte_view key) const {
        if (key.empty()) return {};
        if (allowed_signature_algorithms(endpoint_, key_type(key)).empty())
            return "PubkeyAcceptedAlgorithms leaves out " + std::string(key_type(key));
        auto const bits = rsa_bits(key);
        if (bits == 0 || bits >= endpoint_.settings->required_rsa_size) return {};
        return std::to_string(bits) + " bits are less than RequiredRSASize " +
               std::to_string(endpoint_.settings->required_rsa_size);
    }

    void add(user_key key, keys& to) {
        auto const setting = excluded_by(key.offered.blob);
        if (setting.empty()) return to.push_back(std::move(key));
        left_out_.push_back(key.label + " was not offered: " + setting);
    }

    /// The agent's name for a key, when it holds it.
    bytes held(byte_view blob) {
        auto const found = std::ranges::find_if(
            in_agent_, [blob](public_key const& key) { return std::ranges::equal(key.blob, blob); });
        return found == in_agent_.end() ? bytes() : found->blob;
    }

    void take_from_agent(public_key const& key, std::string label) {
        auto const found = std::ranges::find(in_agent_, key.blob, &public_key::blob);
        auto const index = static_cast<std::size_t>(found - in_agent_.begin());
        if (taken_[index]) return;
        taken_[index] = true;
        add({*found, {}, {}, found->blob, std::move(label)}, named_in_agent_);
    }

    void add_identity(std::string const& path, identity const& found) {
        auto const label = file_name(path);
        add_certificate(found.pub_certificate, label + ".pub", in_files_);
        if (found.open && !held(found.open->blob).empty())
            take_from_agent(*found.open, label);
        else if (found.secret)
            add({*found.open, found.secret, {}, {}, label}, in_files_);
        else if (!found.locked.empty())
            add({found.open.value_or(public_key()), {}, path, {}, label}, in_files_);
        if (endpoint_.settings->certificates.empty()) add_certificate(found.certificate, label + "-cert", in_files_);
    }

    /// With the key that belongs to it, from a file or the agent; without one it is of no use.
    void add_certificate(std::optional<public_key> const& found, std::string label, keys& to) {
        if (!found) return;
        if (!held(found->blob).empty()) return take_from_agent(*found, std::move(label));
        auto const plain = certified_key(found->blob);
        user_key key{*found, {}, {}, held(plain), std::move(label)};
        for (auto const& file : endpoint_.settings->identities) {
            auto const& owner = files_.identity_at(file.path);
            if (!key.agent_key_blob.empty() || !owner.open || owner.open->blob != plain) continue;
            key.private_key = owner.secret;
            if (!owner.secret && !owner.locked.empty()) key.encrypted_file = file.path;
        }
        if (key.private_key || !key.encrypted_file.empty() || !key.agent_key_blob.empty()) add(std::move(key), to);
    }

    endpoint const& endpoint_;
    credentials const& files_;
    std::vector<public_key> const& in_agent_;
    std::vector<bool> taken_;
    keys named_certificates_, named_in_agent_, others_, in_files_;
    std::vector<std::string> left_out_;
};

}  // namespace

key_choice user_keys(endpoint const& endpoint, credentials const& files, std::vector<public_key> const& in_agent) {
    return collection(endpoint, files, in_agent).collected();
}

}  // namespace muster::ssh
