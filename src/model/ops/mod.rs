//! Fused CPU operations for training, each with its own backward pass: candle's elementwise ones run on one thread and
//! make a copy each. Results do not depend on the number of threads.

mod first_layer;
mod max_pool;
mod norm;
mod rows;
mod scale_shift;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

pub use first_layer::FirstLayer;
pub use max_pool::MaxPool;
pub use norm::{BatchStatistics, NORM_EPSILON, NormAct};
pub use scale_shift::ScaleShiftAct;

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("a fused operation wants contiguous input") };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Runs `body` on the tensors' contiguous values.
fn with<const N: usize, R>(tensors: [&Tensor; N], body: impl FnOnce([&[f32]; N]) -> Result<R>) -> Result<R> {
    let tensors = tensors.iter().map(|tensor| tensor.contiguous()).collect::<Result<Vec<_>>>()?;
    let locked: Vec<_> = tensors.iter().map(Tensor::storage_and_layout).collect();
    let mut values = [&[][..]; N];
    for (values, (storage, layout)) in values.iter_mut().zip(&locked) {
        *values = match &**storage {
            Storage::Cpu(cpu) => slice(cpu, layout)?,
            _ => bail!("a fused operation runs on the CPU only"),
        };
    }
    body(values)
}

/// A tensor's values as a vector, row by row.
pub fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    with([tensor], |[x]| Ok(x.to_vec()))
}
