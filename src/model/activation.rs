//! The nonlinearities with their slopes, in one vectorisable exponential that the WGSL decoder repeats digit by digit.

use super::config::Activation;

/// What follows a linear layer: a [`Activation`], or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Identity,
    Relu,
    Softplus,
    Silu,
}

impl From<Activation> for Act {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Relu => Act::Relu,
            Activation::Softplus => Act::Softplus,
            Activation::Silu => Act::Silu,
        }
    }
}

/// e^x with a relative error below 3e-7 over the finite range, without a call, so that loops over it vectorise: x = k ln 2 + r, |r| <= ln 2 / 2,
/// a polynomial in r (Cephes' expf coefficients), times 2^k by exponent bits.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer in the low mantissa bits
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * 0.693_359_4) + k * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

impl Act {
    /// The function's value and its slope at `x`.
    #[inline(always)]
    pub fn value_and_slope(self, x: f32) -> (f32, f32) {
        match self {
            Act::Identity => (x, 1.0),
            Act::Relu => (x.max(0.0), if x > 0.0 { 1.0 } else { 0.0 }),
            Act::Softplus => {
                let e = exp(-x.abs());
                (x.max(0.0) + e.ln_1p(), if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) })
            }
            Act::Silu => {
                let s = sigmoid(x);
                (x * s, s * (1.0 + x * (1.0 - s)))
            }
        }
    }
}

/// Rows of `bias.len()` numbers, in place: values become `act(value + bias)`, and tangents, of which there are none or as
/// many in each of two blocks, are multiplied by the slopes there.
///
/// [`pulp`] compiles it for AVX2 too and picks at run time; the results are the same to the bit.
///
/// # Panics
/// For no bias.
pub fn activate(act: Act, bias: &[f32], values: &mut [f32], tangents: [&mut [f32]; 2]) {
    pulp::Arch::new().dispatch(Rows { act, bias, values, tangents });
}

/// The arguments of [`activate`]. A type of its own, because a closure is not inlined into the code for AVX2.
struct Rows<'a> {
    act: Act,
    bias: &'a [f32],
    values: &'a mut [f32],
    tangents: [&'a mut [f32]; 2],
}

impl pulp::WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { act, bias, values, tangents } = self;
        // A loop each, so that none decides anything a number.
        match act {
            Act::Identity => rows(Act::Identity, bias, values, tangents),
            Act::Relu => rows(Act::Relu, bias, values, tangents),
            Act::Softplus => rows(Act::Softplus, bias, values, tangents),
            Act::Silu => rows(Act::Silu, bias, values, tangents),
        }
    }
}

#[inline(always)]
fn rows(act: Act, bias: &[f32], values: &mut [f32], [along_u, along_v]: [&mut [f32]; 2]) {
    let c = bias.len();
    if along_u.is_empty() {
        for row in values.chunks_exact_mut(c) {
            for (x, b) in row.iter_mut().zip(bias) {
                *x = act.value_and_slope(*x + b).0;
            }
        }
        return;
    }
    let along = along_u.chunks_exact_mut(c).zip(along_v.chunks_exact_mut(c));
    for (row, (u, v)) in values.chunks_exact_mut(c).zip(along) {
        for (((x, b), u), v) in row.iter_mut().zip(bias).zip(u).zip(v) {
            let (value, slope) = act.value_and_slope(*x + b);
            *x = value;
            *u *= slope;
            *v *= slope;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_what_each_number_is() {
        let numbers = |from: f32| (0..33).map(|i| from + 0.37 * i as f32 - 6.0).collect::<Vec<f32>>();
        let bias: Vec<f32> = (0..11).map(|i| 0.1 * i as f32).collect();
        for act in [Act::Identity, Act::Relu, Act::Softplus, Act::Silu] {
            let (mut values, mut u, mut v) = (numbers(0.0), numbers(1.0), numbers(2.0));
            activate(act, &bias, &mut values, [&mut u, &mut v]);
            let mut alone = numbers(0.0);
            activate(act, &bias, &mut alone, [&mut [], &mut []]);
            assert_eq!(alone, values);
            for i in 0..33 {
                let (value, slope) = act.value_and_slope(numbers(0.0)[i] + bias[i % 11]);
                assert_eq!((values[i], u[i], v[i]), (value, numbers(1.0)[i] * slope, numbers(2.0)[i] * slope));
            }
        }
    }

    #[test]
    fn exponential_agrees_with_libm() {
        for i in -8_700..8_800 {
            let x = i as f32 * 0.01;
            let (ours, exact) = (f64::from(exp(x)), f64::from(x).exp());
            assert!(((ours - exact) / exact).abs() < 3e-7, "{x}: {ours} {exact}");
        }
        assert!(exp(1e9).is_finite() && exp(-1e9) >= 0.0);
    }

    #[test]
    fn slopes_agree_with_finite_differences() {
        for act in [Act::Identity, Act::Relu, Act::Softplus, Act::Silu] {
            for i in -50..50 {
                let x = f64::from(i) * 0.1 + 0.05;
                let h = 1e-2f64;
                let at = |x: f64| f64::from(act.value_and_slope(x as f32).0);
                let numeric = (at(x + h) - at(x - h)) / (2.0 * h);
                let (_, slope) = act.value_and_slope(x as f32);
                assert!((numeric - f64::from(slope)).abs() < 1e-3, "{act:?} at {x}: {numeric} {slope}");
            }
        }
    }
}
