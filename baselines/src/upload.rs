//! Brings tensors to the device.

use tch::{Device, Tensor};

/// Copies a tensor of the host to the device. On a GPU it goes through pinned memory and nobody waits for it: what is
/// computed with it later stands behind it in the same stream.
pub fn upload(host: Tensor, device: Device) -> Tensor {
    if !device.is_cuda() {
        return host.to_device(device);
    }
    host.pin_memory(device).to_device_(device, host.kind(), true, false)
}
