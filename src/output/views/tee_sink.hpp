// SPDX-License-Identifier: MIT
// Several sinks as one.
#pragma once

#include <initializer_list>
#include <vector>

#include <muster/sink.hpp>

namespace muster::output {

/// Tells every sink every event, in the order they were given, also when one of them throws: the first exception goes
/// on after the last sink was told. Full when any of them is; each gets the run's own resume function, so a sink that
/// is still full when another has room may be told a little more, and then answers full again.
class tee_sink final : public sink {
  public:
    /// The sinks must live longer.
    explicit tee_sink(std::initializer_list<sink*> sinks) : sinks_(sinks) {}

    void add(sink& sink) { sinks_.push_back(&sink); }

    flow tell(event const& event) override;

  private:
    std::vector<sink*> sinks_;
};

}  // namespace muster::output
