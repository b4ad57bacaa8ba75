// SPDX-License-Identifier: MIT
// Writes the sections of the page one after the other.
#include "output/page/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include <muster/host.hpp>

#include "output/grouped/line_diff.hpp"
#include "output/page/html_text.hpp"
#include "output/words/folded_errors.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

using emit_function = std::function<void(std::string_view)>;

constexpr std::size_t most_groups = 200;
constexpr std::size_t most_open = 5;
constexpr std::size_t rows_in_chunk = 100;  // which the browser lays out when they are looked at
constexpr std::size_t most_named = 10;

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--ok:#2e7d32;--bad:#c62828;--odd:#b26a00;--line:#8884;--bar:#1976d2}
body{font:14px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:75rem;padding:0 1rem}
h1{font:600 1.2rem ui-monospace,monospace;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2rem 0 .5rem}
pre,code,.host{font:12.5px/1.4 ui-monospace,monospace}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;padding:.5rem;border:1px solid var(--line);border-radius:4px;max-height:24rem;overflow:auto}
.pills span{display:inline-block;border:1px solid var(--line);border-radius:1rem;padding:.1rem .7rem;margin:0 .4rem .4rem 0}
.ok{color:var(--ok)}.bad{color:var(--bad)}.odd{color:var(--odd)}
table{border-collapse:collapse}td{padding:.15rem .8rem .15rem 0;vertical-align:top;overflow-wrap:anywhere}
.chunk{content-visibility:auto;contain-intrinsic-size:auto 2200px}
.row{display:grid;grid-template-columns:13rem 8rem 6rem 410px 1fr;gap:.6rem;border-top:1px solid var(--line);min-height:22px}
.row[hidden]{display:none}.row>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.n{fill:#8e24aa}.c{fill:#ef8f00}.h{fill:#00897b}.a{fill:#7cb342}.b{fill:#6d4c41}.r{fill:var(--bar)}.k{fill:#5c6bc0}.s{fill:var(--bad)}.d{fill:#9e9e9e}.e{fill:#616161}.w{fill:#ef8f0055}
.head{position:sticky;top:0;background:Canvas;z-index:1}.head p{margin:.2rem 0}.legend svg{margin-left:.6rem}.tools{padding:.4rem 0}
.strip{display:grid;grid-template-columns:13rem 8rem 6rem 410px 1fr;gap:.6rem;min-height:22px}
input[type=search]{width:22rem;max-width:100%;font:inherit;padding:.25rem .5rem}
@page{size:landscape;margin:12mm}
@media print{body{font-size:11px;margin:0;padding:0;max-width:none}.row,.strip{grid-template-columns:11rem 5rem 5rem 410px 1fr}
.row>*{overflow:visible;white-space:normal}.tools{display:none}.head{position:static}.chunk{content-visibility:visible}pre{max-height:none}
::details-content{content-visibility:visible;display:block}}
)";

/// Browsers that are older than ::details-content print closed groups with its help.
constexpr std::string_view script = R"(
'use strict';
document.querySelector('.tools').hidden=false;
const rows=[...document.querySelectorAll('.row')],find=document.querySelector('input[type=search]'),state=document.querySelector('select'),shown=document.querySelector('output');
function filter(){const text=find.value.toLowerCase(),only=state.value;let count=0;
for(const row of rows){const fits=(!only||row.dataset.state===only)&&(!text||row.textContent.toLowerCase().includes(text));row.hidden=!fits;if(fits)count++}
shown.textContent=count+' of '+rows.length}
find.addEventListener('input',filter);state.addEventListener('change',filter);filter();
addEventListener('beforeprint',()=>{for(const each of document.querySelectorAll('details:not([open])'))each.open=each.dataset.closed=true});
addEventListener('afterprint',()=>{for(const each of document.querySelectorAll('details[data-closed]')){each.open=false;delete each.dataset.closed}});
)";

std::string_view class_of(final_state state) {
    if (state == final_state::ok) return "ok";
    return state == final_state::stopped || state == final_state::not_started ? "odd" : "bad";
}

std::string folded(report const& results, std::vector<std::size_t> const& hosts) {
    std::vector<std::string> names;
    names.reserve(hosts.size());
    for (auto const index : hosts) names.push_back(results.hosts[index].host);
    return html(fold(names));
}

void write_head(page_contents const& contents, emit_function const& emit) {
    emit(fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; "
        "script-src '{}'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>muster: {}</title>\n<style>{}</style>"
        "</head><body>\n",
        policy_hash(style), policy_hash(script), html(contents.title), style));
}

/// Empty: nothing stopped the run, or what did is told with its batch.
std::string cause_of_stop(report const& results) {
    if (results.culprit) {
        auto const& culprit = results.hosts[*results.culprit];
        return culprit.host + ": " + explain(culprit);
    }
    switch (results.cause) {
        case stop_cause::cancelled:
            return "it was told to stop (Ctrl-C or another signal)";
        case stop_cause::total:
            return "the limit on the run has passed";
        case stop_cause::outside:
            return "another run has made the stop file";
        default:
            return {};
    }
}

void write_outcome(report const& results, page_contents const& contents, emit_function const& emit) {
    emit(fmt::format("<h1>{}</h1>\n<p>{}{}{}</p>\n<p class=\"pills\">", html(contents.title), html(contents.when),
                     contents.when.empty() ? "" : ", ", in_words(results.duration)));
    emit(fmt::format("<span>{}</span>", hosts_in_words(results.hosts.size())));
    for (auto state = final_state::ok;; state = static_cast<final_state>(static_cast<int>(state) + 1)) {
        if (auto const count = count_of(results, state))
            emit(fmt::format("<span class=\"{}\">{} {}</span>", class_of(state), count, words(state)));
        if (state == final_state::not_started) break;
    }
    if (auto const pushed = pushes_in_words(results); !pushed.empty()) emit(fmt::format("<span>{}</span>", pushed));
    emit("</p>\n");
    if (auto const cause = cause_of_stop(results); !cause.empty())
        emit(fmt::format("<p class=\"bad\">stopped because: {}</p>\n", html(cause)));
    if (!contents.again.empty()) emit(fmt::format("<p>Again:</p><pre>{}</pre>\n", html(contents.again)));
}

void write_errors(report const& results, emit_function const& emit) {
    auto const groups = grouped_errors(results);
    if (groups.empty()) return;
    emit("<h2>Errors</h2>\n<table>\n");
    for (auto const& group : groups)
        emit(fmt::format("<tr><td class=\"{}\">{}</td><td>{}</td><td class=\"host\">{}</td><td>{}</td></tr>\n",
                         class_of(group.state), words(group.state), group.hosts.size(), folded(results, group.hosts),
                         html(group.text)));
    emit("</table>\n");
}

std::string whole(gathered const& stream) {
    std::string text, piece;
    for (std::size_t i = 0; stream.read(i, piece); ++i) text += piece;
    return text;
}

void write_text(output_group const& group, std::string const& out, emit_function const& emit) {
    if (!out.empty()) emit("<pre>" + html(out) + "</pre>\n");
    auto const err = whole(group.err);
    if (!err.empty()) emit("<p class=\"odd\">standard error</p><pre>" + html(err) + "</pre>\n");
    if (auto const more = group.out.dropped() + group.err.dropped(); more > 0)
        emit(fmt::format("<p class=\"odd\">{} more bytes are not in this page</p>\n", more));
}

/// Empty where they are much longer than the text.
std::string differences(diff_base const& usual, std::string const& text) {
    auto const found = usual.diff(text);
    return found && found->size() < text.size() * 2 ? *found : std::string();
}

void write_groups(report const& results, page_contents const& contents, emit_function const& emit) {
    if (!contents.has_output) {
        emit("<h2>Output</h2>\n<p>It was not recorded.</p>\n");
        return;
    }
    if (contents.groups.empty()) return;
    emit("<h2>Output</h2>\n");
    auto const first = whole(contents.groups.front()->out);
    diff_base const usual(first);
    std::size_t open_groups = 0;
    for (std::size_t i = 0; i < std::min(contents.groups.size(), most_groups); ++i) {
        auto const& group = *contents.groups[i];
        auto const heading =
            fmt::format("{} ({} of {})", folded(results, group.hosts), group.hosts.size(), results.hosts.size());
        if (group.silent()) {
            emit(fmt::format("<p class=\"host\">{}: no output</p>\n", heading));
            continue;
        }
        bool const opens = open_groups++ < most_open;
        emit(fmt::format("<details{}><summary class=\"host\">{}</summary>\n", opens ? " open" : "", heading));
        auto const text = i == 0 ? first : whole(group.out);
        auto const changes = i == 0 || first.empty() ? std::string() : differences(usual, text);
        if (!changes.empty())
            emit("<details><summary>differences to the first group</summary><pre>" + html(changes) +
                 "</pre></details>\n");
        write_text(group, text, emit);
        emit("</details>\n");
    }
    if (contents.groups.size() > most_groups)
        emit(fmt::format("<p>{} more groups are not in this page.</p>\n", contents.groups.size() - most_groups));
}

void write_slowest(report const& results, emit_function const& emit) {
    std::vector<std::size_t> order(results.hosts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const shown = std::min(most_named, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                      [&](auto a, auto b) { return results.hosts[a].duration > results.hosts[b].duration; });
    emit("<h2>Slowest</h2>\n<table>\n");
    for (std::size_t i = 0; i < shown; ++i) {
        auto const& result = results.hosts[order[i]];
        emit(fmt::format("<tr><td class=\"host\">{}</td><td>{}</td></tr>\n", html(result.host),
                         in_words(result.duration)));
    }
    emit("</table>\n");
}

void write_row(host_result const& result, std::string const& bar, emit_function const& emit) {
    emit(fmt::format(
        "<div class=\"row\" data-state=\"{}\"><span class=\"host\" title=\"{}\">{}</span><span "
        "class=\"{}\">{}</span><span>{}</span>{}<span title=\"{}\">{}</span></div>\n",
        to_string(result.state), html(result.address), html(result.host), class_of(result.state), words(result.state),
        result.attempts == 0 ? "" : in_words(result.duration), bar, html(explain(result)), html(explain(result))));
}

void write_tools(report const& results, emit_function const& emit) {
    emit(
        "<div class=\"tools\" hidden><input type=\"search\" placeholder=\"Search hosts and errors\" "
        "aria-label=\"Search\"> <select aria-label=\"State\"><option value=\"\">all states</option>");
    for (auto state = final_state::ok;; state = static_cast<final_state>(static_cast<int>(state) + 1)) {
        if (count_of(results, state) > 0)
            emit(fmt::format("<option value=\"{}\">{}</option>", to_string(state), words(state)));
        if (state == final_state::not_started) break;
    }
    emit("</select> <output></output></div>\n");
}

/// Above the rows, on their scale: how long the run was, and what its rollout did when.
void write_strip(report const& results, page_contents const& contents, emit_function const& emit) {
    bool const rollout = !contents.bands.empty();
    emit(fmt::format("<div class=\"strip\"><span>{}</span><span></span><span></span>{}<span>{}</span></div>\n",
                     rollout ? "batches, pauses" : "",
                     rollout ? timeline_bands(contents.bands, results.duration) : "<span></span>",
                     in_words(results.duration)));
}

void write_batches(page_contents const& contents, emit_function const& emit) {
    if (contents.bands.empty()) return;
    emit("<h2>Batches</h2>\n<table>\n");
    for (auto const& each : contents.bands)
        emit(fmt::format("<tr><td>{}</td><td>from {}</td><td>for {}</td></tr>\n", html(each.label), in_words(each.from),
                         in_words(each.to - each.from)));
    emit("</table>\n");
}

void write_hosts(report const& results, page_contents const& contents, emit_function const& emit) {
    emit("<h2>Hosts and their time</h2>\n<div class=\"head\">");
    write_tools(results, emit);
    emit(timeline_legend(!contents.bands.empty()));
    write_strip(results, contents, emit);
    emit("</div>\n");
    for (std::size_t i = 0; i < results.hosts.size(); ++i) {
        if (i % rows_in_chunk == 0)
            emit(i == 0 ? "<section class=\"chunk\">\n" : "</section><section class=\"chunk\">\n");
        auto const times = i < contents.times.size() ? contents.times[i] : host_times{};
        write_row(results.hosts[i], timeline_bar(results.hosts[i], times, results.duration), emit);
    }
    emit("</section>\n");
}

}  // namespace

void write_page(report const& results, page_contents const& contents, emit_function const& emit) {
    write_head(contents, emit);
    write_outcome(results, contents, emit);
    write_errors(results, emit);
    write_groups(results, contents, emit);
    write_batches(contents, emit);
    write_slowest(results, emit);
    write_hosts(results, contents, emit);
    emit(fmt::format("<script>{}</script>\n</body></html>\n", script));
}

}  // namespace muster::output
