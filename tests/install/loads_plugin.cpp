// SPDX-License-Identifier: MIT
// Loads plugin.cpp's shared object and calls it: loads_plugin FILE
#include <dlfcn.h>

#include <cstdio>

int main(int count, char** words) {
    void* const plugin = count == 2 ? dlopen(words[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (plugin == nullptr) return std::fprintf(stderr, "%s\n", dlerror()), 2;
    auto* const call = reinterpret_cast<int (*)()>(dlsym(plugin, "ends_unreachable"));
    return call != nullptr ? call() : 3;
}
