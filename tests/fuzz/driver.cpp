// SPDX-License-Identifier: MIT
// main for a fuzz target where no fuzzing engine is linked: fuzz_NAME RUNS [SEEDS] feeds it the lines of the file
// SEEDS, each of which was once a finding or reaches something, and RUNS mutations of them; fuzz_NAME replay FILE feeds
// it one input. The run is the same each time: the input that kills the program is left in fuzz_NAME.input (sanitizers
// must abort: abort_on_error=1).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

using random_source = std::mt19937_64;

std::size_t below(random_source& random, std::size_t limit) {
    return limit == 0 ? 0 : random() % limit;
}

std::string read(char const* path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

unsigned digit(char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10) & 15U;
}

// What is not text stands there as "hex:" and its bytes in hexadecimal.
std::string seed_of(std::string const& line) {
    if (!line.starts_with("hex:")) return line;
    std::string bytes;
    for (std::size_t i = 4; i + 1 < line.size(); i += 2)
        bytes += static_cast<char>(digit(line[i]) << 4U | digit(line[i + 1]));
    return bytes;
}

// Every line is a seed, and so is the whole file.
std::vector<std::string> seeds_of(std::string const& text) {
    std::vector<std::string> seeds{"", text};
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        seeds.push_back(seed_of(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return seeds;
}

std::string token(random_source& random) {
    static std::vector<std::string> const tokens = {"\n",
                                                    "\r\n",
                                                    std::string(1, '\0'),
                                                    " ",
                                                    "\t",
                                                    ",",
                                                    "-",
                                                    "[",
                                                    "]",
                                                    "[1-3]",
                                                    "18446744073709551616",
                                                    "-1",
                                                    "0",
                                                    "\xff",
                                                    "\xc3\xa9",
                                                    "\x1b[31m",
                                                    "\x9b",
                                                    "\"",
                                                    "'",
                                                    "\\",
                                                    "%",
                                                    "*",
                                                    "!",
                                                    "|1|",
                                                    "@revoked",
                                                    "=",
                                                    "#"};
    return tokens[below(random, tokens.size())];
}

void mutate(std::string& input, std::vector<std::string> const& seeds, random_source& random) {
    auto const position = below(random, input.size() + 1);
    switch (below(random, 6)) {
        case 0:
            input.insert(position, token(random));
            break;
        case 1:
            input.insert(position, 1, static_cast<char>(random()));
            break;
        case 2:
            input.erase(position, 1 + below(random, 8));
            break;
        case 3:
            input.insert(position, input.substr(below(random, position + 1), 1 + below(random, 64)));
            break;
        case 4:
            input.replace(position, std::string::npos, seeds[below(random, seeds.size())]);
            break;
        default:
            if (position < input.size()) {
                input[position] = static_cast<char>(input[position] ^ (1 << below(random, 8)));
            }
    }
}

// What the signal handler writes, and where.
std::string current;
std::string record;

void record_and_die(int signal) {
    auto const file = ::open(record.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file >= 0 && ::write(file, current.data(), current.size()) >= 0) {
        ::close(file);
    }
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(std::string const& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(input.data()), input.size());
}

void run_mutations(std::size_t runs, std::vector<std::string> const& seeds) {
    for (auto signal : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGBUS}) {
        std::signal(signal, record_and_die);
    }
    for (auto const& seed : seeds) run(current = seed);
    random_source random(1);
    for (std::size_t i = 0; i < runs; ++i) {
        current = seeds[below(random, seeds.size())];
        for (auto count = below(random, 8); count > 0; --count) {
            mutate(current, seeds, random);
        }
        run(current);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: " << argv[0] << " RUNS [SEEDS] | replay FILE\n";
        return 2;
    }
    if (std::string(argv[1]) == "replay") {
        run(read(argv[2]));
        return 0;
    }
    auto const runs = std::stoul(argv[1]);
    record = std::string(argv[0]) + ".input";
    run_mutations(runs, seeds_of(argc > 2 ? read(argv[2]) : ""));
    std::cout << runs << " inputs\n";
}
