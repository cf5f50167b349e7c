// Measurements in a process of their own.
#pragma once

#include "bench/measuring.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tessera::bench {

/// Runs `work` in a process with the first `cpus` processors; what it returns. A process that `work` ends
/// by a kill gives nothing.
inline std::vector<double> in_child(unsigned cpus, const std::function<std::vector<double>()>& work,
                                    bool is_killed = false) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    die("pipe");
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    close(ends[0]);
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    for (unsigned i = 0; i < cpus; ++i)
      CPU_SET(i, &allowed);
    if (sched_setaffinity(0, sizeof allowed, &allowed) != 0)
      die("sched_setaffinity: this machine has fewer processors");
    const auto figures = work();
    const auto size = figures.size() * sizeof(double);
    if (write(ends[1], figures.data(), size) != static_cast<ssize_t>(size))
      die("write");
    std::_Exit(0);
  }
  close(ends[1]);
  std::vector<double> out;
  for (double one; read(ends[0], &one, sizeof one) == sizeof one;)
    out.push_back(one);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const bool fine = is_killed ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                              : WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!fine)
    die("a measured process failed");
  return out;
}

} // namespace tessera::bench
