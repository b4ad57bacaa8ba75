// SPDX-License-Identifier: MIT
// The digest of what is copied.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace muster::copy {

class sha256 {
  public:
    sha256();
    void add(std::string_view bytes);
    /// In hexadecimal digits. Nothing is added afterwards.
    std::string hex();

  private:
    struct release {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, release> context_;
};

}  // namespace muster::copy
