//! Brings tensors to the device, and waits for it.

use tch::{Device, Tensor};

/// Copies a tensor of the host to the device. On a GPU it goes through pinned memory and nobody waits for it: what is
/// computed with it later stands behind it in the same stream.
pub fn upload(host: Tensor, device: Device) -> Tensor {
    if !device.is_cuda() {
        return host.to_device(device);
    }
    host.pin_memory(device).to_device_(device, host.kind(), true, false)
}

/// Waits until a GPU has done what it was given.
pub fn synchronise(device: Device) {
    if let Device::Cuda(index) = device {
        tch::Cuda::synchronize(index as i64);
    }
}
