// SPDX-License-Identifier: MIT
// Umbrella of the headers that need no Asio.
#pragma once

#include <muster/changed_host_key.hpp>
#include <muster/endpoint.hpp>
#include <muster/error.hpp>
#include <muster/event.hpp>
#include <muster/host.hpp>
#include <muster/input.hpp>
#include <muster/job.hpp>
#include <muster/login_hooks.hpp>
#include <muster/options.hpp>
#include <muster/outcome.hpp>
#include <muster/report.hpp>
#include <muster/run.hpp>
#include <muster/sink.hpp>
#include <muster/ssh_settings.hpp>
#include <muster/version.hpp>
#include <muster/views.hpp>
