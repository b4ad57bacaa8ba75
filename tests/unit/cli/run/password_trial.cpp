// SPDX-License-Identifier: MIT
// Who may send the password, and when.
#include "cli/run/password_trial.hpp"

#include <catch2/catch_test_macros.hpp>

using muster::cli::password_trial;
using verdict = password_trial::verdict;

TEST_CASE("password trial: the first tries it, the others wait until it has logged in") {
    password_trial trial;
    CHECK(trial.asks(1, "h1") == verdict::give);
    CHECK(trial.tries() == 1);
    CHECK(trial.asks(2, "h2") == verdict::wait);
    trial.logged_in(7);  // by a key
    CHECK(trial.asks(2, "h2") == verdict::wait);
    trial.logged_in(1);
    CHECK(trial.tries() == 0);
    CHECK(trial.asks(2, "h2") == verdict::give);
    CHECK(trial.asks(3, "h3") == verdict::give);
}

TEST_CASE("password trial: one that asks again was refused, and nobody else gets it") {
    password_trial trial;
    CHECK(trial.asks(1, "h1") == verdict::give);
    CHECK(trial.asks(2, "h2") == verdict::wait);
    CHECK(trial.asks(1, "h1") == verdict::refuse);
    CHECK(trial.tries() == 0);
    CHECK(trial.refused_by() == "h1");
    CHECK(trial.has_it(1));
    CHECK(trial.asks(2, "h2") == verdict::refuse);
    CHECK_FALSE(trial.has_it(2));
}

TEST_CASE("password trial: once a host has taken it, another that does not is refused alone") {
    password_trial trial;
    CHECK(trial.asks(1, "h1") == verdict::give);
    trial.logged_in(1);
    CHECK(trial.asks(2, "h2") == verdict::give);
    CHECK(trial.asks(2, "h2") == verdict::refuse);
    CHECK(trial.refused_by().empty());
    CHECK(trial.asks(3, "h3") == verdict::give);
}

TEST_CASE("password trial: of one that ends nothing is learned, but not of many") {
    password_trial trial;
    for (int one = 1; one <= password_trial::most_ends; ++one) {
        CHECK(trial.asks(one, "h" + std::to_string(one)) == verdict::give);
        CHECK(trial.asks(9, "h9") == verdict::wait);
        trial.ended(9);
        CHECK(trial.tries() == one);
        trial.ended(one);
        CHECK(trial.tries() == 0);
    }
    CHECK(trial.refused_by() == "h3");
    CHECK(trial.asks(9, "h9") == verdict::refuse);
}

TEST_CASE("password trial: a login that can't be seen holds nobody up") {
    password_trial trial;
    CHECK(trial.asks(1, "jump", false) == verdict::give);
    CHECK(trial.tries() == 0);
    CHECK(trial.asks(2, "h2") == verdict::give);
    CHECK(trial.asks(3, "jump", false) == verdict::wait);
    CHECK(trial.asks(1, "jump", false) == verdict::refuse);
    CHECK(trial.refused_by() == "jump");
}
