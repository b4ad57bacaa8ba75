// SPDX-License-Identifier: MIT
// Random rollouts start the same hosts at the same times as a few lines of Python say.
#include "engine/rollout/rollout.hpp"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "support/paths.hpp"

using namespace muster;

namespace {

using numbers = std::vector<std::size_t>;

struct game {
    std::size_t hosts = 0;
    std::size_t fanout = 1;
    std::size_t limit = 1;
    std::size_t soak = 0;
    std::size_t delay = 0;
    std::size_t threshold = 1;
    bool whole = false;  // a batch comes to its end in spite of failures
    std::vector<batch_size> sizes;
    numbers together;
    numbers apart;
    numbers lasts;
    numbers bad;
};

class game_source {
  public:
    explicit game_source(unsigned seed) : random_(seed) {}

    game next() {
        game made;
        made.hosts = 1 + pick(40);
        made.fanout = 1 + pick(12);
        made.limit = 1 + pick(3);
        made.soak = pick(2) * pick(50);
        made.delay = pick(2) * pick(8);
        made.threshold = pick(3) == 0 ? 1000 : 1 + pick(4);
        made.whole = pick(2) == 0;
        for (auto n = pick(4); n-- > 0;) {
            bool const percent = pick(2) == 0;
            made.sizes.push_back({static_cast<double>(1 + pick(percent ? 100 : 12)), percent});
        }
        if (pick(2) == 0) made.apart = list(made.hosts, 1 + pick(6));
        if (made.sizes.empty() || pick(3) == 0) made.together = list(made.hosts, 1 + pick(5));
        made.lasts = list(made.hosts, 20);
        for (auto& last : made.lasts) ++last;
        auto const rare = 2 + pick(30);
        for (std::size_t n = 0; n < made.hosts; ++n) made.bad.push_back(pick(rare) == 0 ? 1 : 0);
        return made;
    }

  private:
    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    numbers list(std::size_t size, std::size_t most) {
        numbers made(size);
        for (auto& each : made) each = pick(most);
        return made;
    }

    std::mt19937 random_;
};

std::string commas(numbers const& list) {
    std::string text;
    for (auto const each : list) text += (text.empty() ? "" : ",") + std::to_string(each);
    return text;
}

std::string line_of(game const& played) {
    std::ostringstream line;
    line << "n=" << played.hosts << " fanout=" << played.fanout << " limit=" << played.limit << " soak=" << played.soak
         << " delay=" << played.delay << " threshold=" << played.threshold << " whole=" << played.whole << " sizes=";
    for (auto const& size : played.sizes) line << size.hosts << (size.percent ? "%," : ",");
    line << " together=" << commas(played.together) << " apart=" << commas(played.apart)
         << " lasts=" << commas(played.lasts) << " bad=" << commas(played.bad);
    return line.str();
}

options options_of(game const& played) {
    options options;
    options.fanout = played.fanout;
    options.halt.when = played.whole ? halt_when::batch : halt_when::soon;
    options.halt.fail = static_cast<double>(played.threshold);
    options.rollout.batches = cut_into_batches(played.hosts, played.sizes, played.together);
    for (auto& each : options.rollout.batches) each.soak = std::chrono::seconds(played.soak);
    options.rollout.delay = std::chrono::seconds(played.delay);
    options.rollout.apart = played.apart;
    options.rollout.apart_limit = played.limit;
    return options;
}

/// Plays the rollout second by second: what has ended is told first, then it is asked until it wants to wait.
std::string starts_of(game const& played) {
    rollout plan(played.hosts, options_of(played), {});
    std::multimap<std::size_t, std::size_t> ends;
    std::string starts;
    for (std::size_t second = 0; !plan.over(); ++second) {
        while (!ends.empty() && ends.begin()->first == second) {
            auto const host = ends.begin()->second;
            ends.erase(ends.begin());
            host_result result;
            result.state = played.bad[host] == 1 ? final_state::failed : final_state::ok;
            plan.ended(host, result);
            if (plan.halts()) plan.stop();
        }
        for (;;) {
            auto const next = plan.next(rollout::time_point(std::chrono::seconds(second)));
            if (auto const* const start = std::get_if<rollout::start>(&next)) {
                starts += (starts.empty() ? "" : " ") + std::to_string(second) + ":" + std::to_string(start->host);
                ends.emplace(second + played.lasts[start->host], start->host);
            } else if (std::holds_alternative<rollout::fail>(next) || std::holds_alternative<rollout::halt>(next)) {
                plan.stop();
            } else if (std::holds_alternative<rollout::wait>(next) || std::holds_alternative<rollout::done>(next)) {
                break;
            }
        }
    }
    return starts;
}

std::vector<std::string> ask_oracle(std::vector<std::string> const& lines) {
    auto input = (std::filesystem::temp_directory_path() / "muster-rollout-XXXXXX").string();
    REQUIRE(::close(::mkstemp(input.data())) == 0);
    std::ofstream file(input);
    for (auto const& line : lines) file << line << '\n';
    file.close();
    auto const script = std::string(muster::test::source_dir) + "/tests/support/rollout_oracle.py";
    auto* const pipe = ::popen(("python3 " + script + " < " + input).c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
    REQUIRE(::pclose(pipe) == 0);
    std::filesystem::remove(input);
    std::vector<std::string> answers;
    std::istringstream from(text);
    for (std::string line; std::getline(from, line);) answers.push_back(line);
    return answers;
}

}  // namespace

TEST_CASE("rollout: random plans start the same hosts at the same times as the model in Python") {
    game_source source(11);
    std::vector<game> games;
    std::vector<std::string> lines;
    for (int n = 0; n < 3000; ++n) lines.push_back(line_of(games.emplace_back(source.next())));
    auto const answers = ask_oracle(lines);
    REQUIRE(answers.size() == lines.size());
    for (std::size_t n = 0; n < lines.size(); ++n) {
        CAPTURE(lines[n]);
        REQUIRE(starts_of(games[n]) == answers[n]);
    }
}
