//! How long the GPU takes, by timestamp queries: eight bytes a stamp are read back, nothing that is drawn.

use std::sync::{Arc, Mutex};

/// Two timestamps around a compute pass. One measurement is under way at a time; passes in between go unmeasured.
pub struct GpuTimer {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readable: wgpu::Buffer,
    /// Nanoseconds a tick.
    period: f32,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Idle,
    /// Recorded in a pass, not yet asked for.
    Recorded,
    /// The buffer is being mapped.
    Mapping,
    Mapped,
    Failed,
}

impl GpuTimer {
    /// `None` where the device has no timestamps.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
        if !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let buffer = |label, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: 16,
                usage,
                mapped_at_creation: false,
            })
        };
        Some(Self {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("decode time"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: buffer("timestamps", wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            readable: buffer("timestamps, read", wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ),
            period: queue.get_timestamp_period(),
            state: Arc::new(Mutex::new(State::Idle)),
        })
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = state;
    }

    /// The stamps for the next pass, when no measurement is under way. Call [`GpuTimer::resolve`] on the same encoder after it.
    pub fn stamps(&self) -> Option<wgpu::ComputePassTimestampWrites<'_>> {
        (self.state() == State::Idle).then_some(wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        })
    }

    /// Records the copy of the stamps after a pass that was given [`GpuTimer::stamps`].
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.readable, 0, 16);
        self.set(State::Recorded);
    }

    /// Milliseconds of a finished measurement. Call it once a frame after the submission: it asks for the stamps, and a
    /// later call returns them, once.
    pub fn poll(&self) -> Option<f32> {
        match self.state() {
            State::Recorded => {
                self.set(State::Mapping);
                let state = self.state.clone();
                self.readable.slice(..).map_async(wgpu::MapMode::Read, move |result| {
                    let next = if result.is_ok() { State::Mapped } else { State::Failed };
                    *state.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = next;
                });
                None
            }
            State::Mapped => {
                let stamps: [u64; 2] = bytemuck::pod_read_unaligned(&self.readable.slice(..).get_mapped_range());
                self.readable.unmap();
                self.set(State::Idle);
                Some(stamps[1].saturating_sub(stamps[0]) as f32 * self.period * 1e-6)
            }
            State::Failed => {
                self.set(State::Idle);
                None
            }
            State::Idle | State::Mapping => None,
        }
    }
}
