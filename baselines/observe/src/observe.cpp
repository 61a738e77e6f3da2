// What tch has no word for: how many operators libtorch is asked for, and how much device memory it took at its peak.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include <ATen/record_function.h>
#include <c10/core/CachingDeviceAllocator.h>

namespace {

std::atomic<int64_t> calls{0};
std::atomic<int64_t> waits{0};

// Operators whose answer the host has to wait for.
bool is_wait(std::string_view name) {
  return name == "aten::_local_scalar_dense" || name == "aten::nonzero" || name == "aten::is_nonzero" ||
      name == "aten::equal" || name == "aten::masked_select";
}

std::unique_ptr<at::ObserverContext> seen(const at::RecordFunction& function) {
  calls.fetch_add(1, std::memory_order_relaxed);
  if (is_wait(function.name())) waits.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

} // namespace

extern "C" {

uint64_t mos_observe_start() {
  calls = 0;
  waits = 0;
  return at::addGlobalCallback(at::RecordFunctionCallback(&seen).scopes({at::RecordScope::FUNCTION}));
}

void mos_observe_stop(uint64_t handle) {
  at::removeCallback(handle);
}

int64_t mos_observe_calls() {
  return calls;
}

int64_t mos_observe_waits() {
  return waits;
}

// Bytes of the first CUDA device that were allocated at the peak; -1 where libtorch does not tell.
int64_t mos_observe_peak_device_memory() {
  try {
    const auto statistics = at::getDeviceAllocator(c10::DeviceType::CUDA)->getDeviceStats(0);
    return statistics.allocated_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)].peak;
  } catch (...) {
    return -1;
  }
}
}
