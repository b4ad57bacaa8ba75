// SPDX-License-Identifier: MIT
// Evaluates host patterns term by term.
#include "hosts/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/advice.hpp"
#include "hosts/host_item.hpp"
#include "hosts/set_algebra.hpp"
#include "hosts/term.hpp"

namespace muster::hosts {
namespace {

constexpr std::size_t deepest = 32;  // groups and files inside each other

bool is_letter(char c) {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

bool is_blank_text(std::string_view text) {
    return std::ranges::all_of(text, is_blank);
}

[[noreturn]] void rethrow_from(std::string const& origin, host_syntax_error const& error) {
    throw host_syntax_error(fmt::format("{}: {}", origin, error.what()), error.pattern(), error.column());
}

template <class Function>
auto const& need(Function const& function, char const* what) {
    if (!function) throw lookup_error(fmt::format("{} can't be used here", what));
    return function;
}

/// Splits "source:name"; the source is empty where none is given.
std::pair<std::string, std::string> split_group(std::string const& text) {
    auto const colon = text.find(':');
    if (colon == std::string::npos) return {{}, text};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

/// One list. `source` is where groups without a source are looked up; a list inside a group or a file may not filter
/// what stands outside.
class evaluator::list_evaluation {
  public:
    list_evaluation(evaluator& owner, std::string_view pattern, list_of what, std::string source, bool is_inner)
        : owner_(owner), text_{pattern}, what_(what), source_(std::move(source)), is_inner_(is_inner) {}

    evaluated_list run() {
        for (auto const& next : scan_terms(text_)) {
            try {
                take(next);
            } catch (lookup_error const& error) {
                text_.fail(next.begin - (next.kind == term_kind::hosts || next.kind == term_kind::wildcard ? 0 : 1),
                           error.what());
            }
        }
        apply_subtraction();
        return std::move(out_);
    }

  private:
    void take(term const& next) {
        if (next.with != set_operator::subtract || next.kind == term_kind::regex) apply_subtraction();
        if (next.left_out) return leave_out(next);
        if (next.kind == term_kind::regex) return filter(next);
        out_.names_hosts = true;
        switch (next.with) {
            case set_operator::unite:
                return add_to(out_.hosts, next);
            case set_operator::subtract:
                return add_to(subtracted_, next);  // many in a row are subtracted at once
            case set_operator::intersect:
                out_.hosts = intersection(out_.hosts, hosts_of(next));
                return;
            case set_operator::exclusive:
                out_.hosts = symmetric_difference(out_.hosts, hosts_of(next));
                return check_size(out_.hosts, next);
        }
    }

    void apply_subtraction() {
        if (subtracted_.empty()) return;
        out_.hosts = difference(out_.hosts, subtracted_);
        subtracted_ = {};
    }

    void leave_out(term const& next) {
        if (next.with != set_operator::unite) text_.fail(next.begin, "'-' can't stand behind another operator");
        if (is_inner_) text_.fail(next.begin, "'-' leaves hosts out on the command line only; here write all!these");
        if (next.kind == term_kind::regex)
            out_.dropped.emplace_back(std::string(text_.slice(next.begin, next.end)));
        else
            add_to(out_.left_out, next);
    }

    void filter(term const& next) {
        name_regex const expression(std::string(text_.slice(next.begin, next.end)));
        switch (next.with) {
            case set_operator::unite:
                if (is_inner_) throw lookup_error("/REGEX/ filters on the command line only; here write these&/REGEX/");
                out_.kept.push_back(expression);
                return;
            case set_operator::subtract:
                out_.hosts = expression.select(out_.hosts, false);
                return;
            case set_operator::intersect:
                out_.hosts = expression.select(out_.hosts, true);
                return;
            case set_operator::exclusive:
                throw lookup_error("'^' can't stand before /REGEX/");
        }
    }

    host_list hosts_of(term const& next) {
        host_list out;
        add_to(out, next);
        return out;
    }

    void add_to(host_list& to, term const& next) {
        switch (next.kind) {
            case term_kind::hosts:
                if (what_ == list_of::groups) return add_groups(to, next);
                return expand_item(text_, next.begin, next.end, wildcards::refused, budget(to),
                                   [&](host const& found) { to.add(found); });
            case term_kind::wildcard:
                if (what_ == list_of::groups) return add_groups(to, next);
                return add_matches(to, next);
            case term_kind::group:
                return add_groups(to, next);
            case term_kind::file:
                return add(to, file_of(next), next);
            case term_kind::regex:
                return;
        }
    }

    host_budget budget(host_list const& to) const { return {owner_.limit_, to.size()}; }

    void add(host_list& to, host_list const& more, term const& next) {
        if (next.kind == term_kind::file)
            to.add(more);
        else
            to.unite(more);
        check_size(to, next);
    }

    void check_size(host_list const& made, term const& next) const {
        if (made.size() > owner_.limit_)
            text_.fail(next.begin, fmt::format("this makes {} hosts; a list may have {}", made.size(), owner_.limit_));
    }

    void add_matches(host_list& to, term const& next) {
        auto const mask_text = text_.slice(next.begin, next.end);
        auto const all = owner_.known(std::ranges::any_of(mask_text, is_letter));
        auto const before = to.size() + to.duplicates();
        expand_item(text_, next.begin, next.end, wildcards::kept, {owner_.limit_}, [&](host const& mask) {
            for (auto const& entry : all) {
                if (!matches_wildcard(mask.name, entry.name)) continue;
                auto found = entry;
                if (!mask.user.empty()) found.user = mask.user;
                if (mask.port) found.port = mask.port;
                to.add(std::move(found));
            }
        });
        if (to.size() + to.duplicates() == before)
            throw lookup_error(all.empty() ? "'*' chooses among the hosts of groups and of an inventory; there are none"
                                           : fmt::format("no known host matches {}", printable(mask_text)));
    }

    void add_groups(host_list& to, term const& next) {
        auto const name = text_.slice(next.begin, next.end);
        if (name.starts_with("last:") || name.starts_with("ledger:"))
            return add(to, need(owner_.names_.of_record, "records of runs")(std::string(name)), next);
        expand_ranges(text_, next.begin, next.end, {owner_.limit_}, [&](std::string const& group) {
            auto [source, wanted] = split_group(group);
            if (source.empty()) source = source_;
            if (wanted == "*") return add(to, owner_.all(source), next);
            if (wanted.find_first_of("*?") != std::string::npos) return add_matching_groups(to, source, wanted, next);
            add_group(to, source, wanted, next);
        });
    }

    void add_matching_groups(host_list& to, std::string const& source, std::string const& mask, term const& next) {
        bool found = false;
        for (auto const& group : need(owner_.names_.group_names, "groups")(source)) {
            if (!matches_wildcard(mask, group)) continue;
            found = true;
            add_group(to, source, group, next);
        }
        if (!found) throw lookup_error(fmt::format("no group matches @{}", printable(mask)));
    }

    void add_group(host_list& to, std::string const& source, std::string const& group, term const& next) {
        auto const found = need(owner_.names_.group, "groups")(source, group);
        add(to, owner_.contents(found, fmt::format("@{}:{}", found.source, group)), next);
    }

    host_list file_of(term const& next) { return owner_.named_file(std::string(text_.slice(next.begin, next.end))); }

    evaluator& owner_;
    pattern_text text_;
    list_of what_;
    std::string source_;
    bool is_inner_;
    evaluated_list out_;
    host_list subtracted_;
};

evaluator::nesting::nesting(evaluator& owner, std::string name) : owner_(owner) {
    if (std::ranges::find(owner.inside_, name) != owner.inside_.end())
        throw lookup_error(fmt::format("{} contains itself", printable(name)));
    if (owner.inside_.size() == deepest)
        throw lookup_error(fmt::format("{}: more than {} groups or files inside each other", printable(name), deepest));
    owner.inside_.push_back(std::move(name));
}

evaluated_list evaluator::list(std::string_view pattern, list_of what) {
    return list_evaluation(*this, pattern, what, {}, false).run();
}

host_list evaluator::inner_list(std::string_view pattern, std::string const& source) {
    return list_evaluation(*this, pattern, list_of::hosts, source, true).run().hosts;
}

host_list evaluator::contents(found_hosts const& found, std::string const& group) {
    nesting const guard(*this, group);
    auto out = found.hosts;
    if (found.is_file) {
        out.unite(file(found.text, found.origin));
    } else if (!is_blank_text(found.text)) {
        try {
            out.unite(inner_list(found.text, found.source));
        } catch (host_syntax_error const& error) {
            rethrow_from(fmt::format("{} of {}", group, found.origin), error);
        }
    }
    return out;
}

host_list evaluator::named_file(std::string const& path) {
    auto const found = need(names_.file, "files")(path, inside_.empty() ? std::string() : inside_.back());
    return file(found.text, found.origin);
}

host_list evaluator::all(std::string const& source) {
    return contents(need(names_.all, "groups")(source), fmt::format("@{}:*", source));
}

host_list evaluator::known(bool with_aliases) {
    auto out = names_.all ? all({}) : host_list();
    if (with_aliases && names_.aliases) out.unite(names_.aliases());
    return out;
}

}  // namespace muster::hosts
