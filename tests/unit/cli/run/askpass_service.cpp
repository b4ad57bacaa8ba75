// SPDX-License-Identifier: MIT
// Which of ssh's questions the hosts' password answers.
#include "cli/run/askpass_service.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace muster;

TEST_CASE("askpass: of ssh's questions only one that names a host of the run is for the hosts' password") {
    endpoint endpoint;
    endpoint.label = "web";
    endpoint.name = "web";
    endpoint.address = "10.0.0.7";
    cli::askpass_service const service({&endpoint, 1}, {});
    auto const kind = [&](char const* question) { return service.kind_of(question); };
    CHECK(kind("me@10.0.0.7's password: ") == cli::question_kind::password);
    CHECK(kind("(me@web) Password: ") == cli::question_kind::password);
    CHECK(kind("me@bastion's password: ") == cli::question_kind::other);
    CHECK(kind("(me@bastion) Password: ") == cli::question_kind::other);
    CHECK(kind("(me@web) Verification code: ") == cli::question_kind::other);
    CHECK(kind("(me@web) New password: ") == cli::question_kind::other);
    CHECK(kind("Password: ") == cli::question_kind::other);
    CHECK(kind("Enter passphrase for key '/k': ") == cli::question_kind::passphrase);
    CHECK(kind("Are you sure you want to continue connecting (yes/no/[fingerprint])? ") ==
          cli::question_kind::host_key);
}
