// SPDX-License-Identifier: MIT
// A job for each host: the first gets a file, the others run something else: per_host HOSTS FILE
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <muster/async_run.hpp>
#include <muster/copy.hpp>
#include <muster/coro/runner.hpp>
#include <muster/run.hpp>
#include <muster/views.hpp>

namespace {

std::vector<muster::job> jobs_for(std::size_t hosts, std::string const& file) {
    std::vector<muster::job> jobs;
    std::vector<muster::job_step> first{muster::push_of(file, "pushed"), muster::step{"cat pushed"}};
    jobs.emplace_back(std::move(first));
    while (jobs.size() < hosts) jobs.emplace_back("echo job " + std::to_string(jobs.size()));
    return jobs;
}

asio::awaitable<muster::report> run_all(std::string pattern, std::string file) {
    auto const endpoints = muster::resolve(muster::parse_hosts(pattern));
    auto const jobs = jobs_for(endpoints.size(), file);
    muster::options const options;
    muster::null_sink sink;
    co_return co_await muster::async_run(endpoints, jobs, options, sink);
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) return 2;
    auto const results = muster::coro::run(run_all(words[1], words[2]));
    for (auto const& host : results.hosts)
        std::cout << host.host << ": " << muster::sanitised(host.out.substr(0, host.out.find('\n'))) << "\n";
    return muster::exit_code(results);
}
