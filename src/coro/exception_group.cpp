// SPDX-License-Identifier: MIT
// Exception groups, and the text of an exception of any type.
#include <muster/coro/exception_group.hpp>

#include <cxxabi.h>
#include <cstdlib>

namespace muster::coro {

struct exception_group::content {
    std::vector<std::exception_ptr> exceptions;
    std::string text;
};

namespace {

std::string current_type_name() {
    auto const* const type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "unknown exception";
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                     &std::free);
    return std::string("exception of type ") + (status == 0 ? name.get() : type->name());
}

std::string list(std::vector<std::exception_ptr> const& exceptions) {
    std::string text = std::to_string(exceptions.size()) + (exceptions.size() == 1 ? " error" : " errors");
    for (std::size_t i = 0; i < exceptions.size(); ++i) text += (i == 0 ? ": " : "; ") + describe(exceptions[i]);
    return text;
}

}  // namespace

std::string describe(std::exception_ptr const& exception) {
    if (!exception) return "no exception";
    try {
        std::rethrow_exception(exception);
    } catch (exception_group const& group) {
        return std::string("[") + group.what() + "]";
    } catch (std::exception const& error) {
        return error.what();
    } catch (...) {
        return current_type_name();
    }
}

exception_group::exception_group(std::vector<std::exception_ptr> exceptions) {
    auto text = list(exceptions);
    content_ = std::make_shared<content>(content{std::move(exceptions), std::move(text)});
}

char const* exception_group::what() const noexcept {
    return content_->text.c_str();
}

std::span<std::exception_ptr const> exception_group::exceptions() const noexcept {
    return content_->exceptions;
}

std::vector<std::exception_ptr> exception_group::flatten() const {
    struct nothing {};
    return split<nothing>([](nothing&) {});
}

void rethrow_rest(std::vector<std::exception_ptr> rest) {
    if (!rest.empty()) throw exception_group(std::move(rest));
}

std::unique_ptr<exception_group> exception_group::as_group(std::exception_ptr const& member) {
    try {
        std::rethrow_exception(member);
    } catch (exception_group const& group) {
        return std::make_unique<exception_group>(group);
    } catch (...) {
        return nullptr;
    }
}

}  // namespace muster::coro
