//! Paths between two latents.

use std::borrow::Cow;

use super::Latent;

/// Two latents of one shape: where one of them is a mix, both are.
pub fn alike<'a>(a: &'a Latent, b: &'a Latent) -> (Cow<'a, Latent>, Cow<'a, Latent>) {
    let most = a.groups().max(b.groups());
    let spread = |l: &'a Latent| if l.groups() == most { Cow::Borrowed(l) } else { Cow::Owned(l.spread(most)) };
    (spread(a), spread(b))
}

/// Linear interpolation, `t` in 0..=1 from `a` to `b`. Both must have the same shape; values beyond the shorter are `a`'s.
pub fn lerp(a: &Latent, b: &Latent, t: f32) -> Latent {
    let mut out = a.clone();
    for (x, y) in out.values_mut().iter_mut().zip(b.values()) {
        *x += t * (y - *x);
    }
    // Exact at the far end, whatever the rounding.
    if t == 1.0 { b.clone() } else { out }
}

/// Spherical interpolation (White 2016, arXiv 1609.04468), which keeps the length typical of a Gaussian's draws;
/// falls back to [`lerp`] where the two point the same way or one is zero.
pub fn slerp(a: &Latent, b: &Latent, t: f32) -> Latent {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    let (na, nb) = (dot(a.values(), a.values()).sqrt(), dot(b.values(), b.values()).sqrt());
    if na < 1e-9 || nb < 1e-9 {
        return lerp(a, b, t);
    }
    let angle = (dot(a.values(), b.values()) / (na * nb)).clamp(-1.0, 1.0).acos();
    if angle.sin().abs() < 1e-6 {
        return lerp(a, b, t);
    }
    let t64 = f64::from(t);
    let (wa, wb) = (((1.0 - t64) * angle).sin() / angle.sin(), (t64 * angle).sin() / angle.sin());
    let mut out = a.clone();
    for (x, y) in out.values_mut().iter_mut().zip(b.values()) {
        *x = (wa * f64::from(*x) + wb * f64::from(*y)) as f32;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latent(values: &[f32]) -> Latent {
        Latent::new(1, values.len(), values.to_vec()).unwrap()
    }

    #[test]
    fn ends_are_exact_and_slerp_keeps_length() {
        let (a, b) = (latent(&[1.0, 0.0]), latent(&[0.0, 1.0]));
        assert_eq!(lerp(&a, &b, 0.0), a);
        assert_eq!(lerp(&a, &b, 1.0), b);
        let m = slerp(&a, &b, 0.5);
        let n = m.values().iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((n - 1.0).abs() < 1e-6);
        assert_eq!(slerp(&a, &a, 0.5), a);
        assert_eq!(slerp(&latent(&[0.0, 0.0]), &b, 0.5), latent(&[0.0, 0.5]));
    }
}
