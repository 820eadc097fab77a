//! Finding a graphics adapter, with or without Bevy around: Bevy panics where there is none, so it is asked first.

use bevy::tasks::block_on;
use thiserror::Error;

/// Why the GPU can't be used.
#[derive(Debug, Error)]
pub enum AdapterError {
    #[error("no graphics adapter with compute shaders was found (is a Vulkan driver installed?): {0}")]
    None(String),
    #[error("the graphics adapter {name} gives no device: {why}")]
    Device { name: String, why: String },
}

/// A device without a window, for the bench and the tests.
pub struct Headless {
    pub info: wgpu::AdapterInfo,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// The adapter that Bevy would take for drawing off-screen. It must run compute shaders.
///
/// # Errors
/// When there is none.
pub fn probe() -> Result<wgpu::Adapter, AdapterError> {
    // The same choice as Bevy's, so that the answer holds for it: WGPU_BACKEND and WGPU_ADAPTER_NAME count.
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    descriptor.backends = super::backends();
    descriptor.flags.remove(wgpu::InstanceFlags::VALIDATION);
    let instance = wgpu::Instance::new(descriptor);
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..Default::default()
    }))
    .map_err(|e| AdapterError::None(e.to_string()))?;
    let flags = adapter.get_downlevel_capabilities().flags;
    if !flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS) {
        return Err(AdapterError::None(format!("{} has none", adapter.get_info().name)));
    }
    Ok(adapter)
}

impl Headless {
    /// Opens a device with the adapter's own limits, and timestamps where it has them.
    ///
    /// # Errors
    /// When there is no adapter or it gives no device.
    pub fn open() -> Result<Self, AdapterError> {
        let adapter = probe()?;
        let info = adapter.get_info();
        let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("atlasforge"),
            required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
            required_limits: adapter.limits(),
            ..Default::default()
        }))
        .map_err(|e| AdapterError::Device { name: info.name.clone(), why: e.to_string() })?;
        Ok(Self { info, device, queue })
    }
}
