#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "observe/log.h"

namespace pinlake {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

std::stop_source& Source() {
  static std::stop_source source;
  return source;
}

void WaitForSignals() {
  const sigset_t signals = StopSignals();
  for (bool first = true;; first = false) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (!first) _exit(130);
    LogInfo("Stopping. A second signal ends the process at once.", F("signal", signal));
    Source().request_stop();
  }
}

}  // namespace

std::stop_token StopOnSignals() {
  static const bool started = [] {
    // Threads started from here on inherit the mask, so that only the waiting thread sees them.
    const sigset_t signals = StopSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread(WaitForSignals).detach();
    return true;
  }();
  static_cast<void>(started);
  return Source().get_token();
}

void WaitForStop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

void RequestStop() { Source().request_stop(); }

}  // namespace pinlake
