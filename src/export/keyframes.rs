//! Which frames of a motion must be kept so that straight lines between them tell the others well enough.

use crate::mesh::{Vec3, norm, sub};

/// Indices of the frames to keep, ascending, the first and the last among them.
///
/// `frames` `[K, N, 3]` are the same N points at K times, `at` `[K]` those times, increasing. Every point of every frame left
/// out lies within `bound` (in units of the points) of the line between the two kept frames around it, at its time. The
/// fewest frames that do so: from each kept frame any later one may follow that the frames in between allow, and the
/// shortest such path is taken (of equally short ones that with the least worst error at each step). O(K^3 N) at worst.
///
/// # Panics
/// If the frames don't have equally many points, or there isn't one time each.
pub fn keyframes(frames: &[Vec<Vec3>], at: &[f32], bound: f32) -> Vec<usize> {
    // With every frame a candidate, each can follow the one before it.
    keyframes_among(frames, at, 1, bound).unwrap_or_else(|| (0..frames.len()).collect())
}

/// The same where only every `every`-th frame and the last may be kept, so that the others tell how well the kept ones do;
/// `None` where no choice of those keeps within the bound.
///
/// # Panics
/// As [`keyframes`]; if `every` is 0.
pub fn keyframes_among(frames: &[Vec<Vec3>], at: &[f32], every: usize, bound: f32) -> Option<Vec<usize>> {
    assert_eq!(frames.len(), at.len(), "one time a frame");
    assert!(frames.iter().all(|f| f.len() == frames[0].len()), "the same points in every frame");
    let Some(last) = frames.len().checked_sub(1) else { return Some(Vec::new()) };
    // For every frame: how many steps lead there, the worst error on the way, and from where.
    let mut best: Vec<Option<(usize, f32, usize)>> = vec![None; frames.len()];
    best[0] = Some((0, 0.0, 0));
    for to in (1..=last).filter(|to| to % every == 0 || *to == last) {
        for from in 0..to {
            let Some((steps, worst, _)) = best[from] else { continue };
            if best[to].is_some_and(|(taken, ..)| taken <= steps) {
                continue;
            }
            let Some(error) = span_error(frames, at, from, to, bound) else { continue };
            let candidate = (steps + 1, worst.max(error), from);
            if best[to].is_none_or(|(taken, least, _)| (candidate.0, candidate.1) < (taken, least)) {
                best[to] = Some(candidate);
            }
        }
    }
    let mut kept = vec![last];
    while kept[kept.len() - 1] > 0 {
        let (_, _, from) = best[kept[kept.len() - 1]]?;
        kept.push(from);
    }
    kept.reverse();
    Some(kept)
}

/// The largest distance of a point between two frames from its place on the line; `None` if it is more than `bound`.
fn span_error(frames: &[Vec<Vec3>], at: &[f32], from: usize, to: usize, bound: f32) -> Option<f32> {
    let mut worst = 0.0f32;
    for between in from + 1..to {
        let share = (at[between] - at[from]) / (at[to] - at[from]);
        for ((&p, &a), &b) in frames[between].iter().zip(&frames[from]).zip(&frames[to]) {
            let told: Vec3 = std::array::from_fn(|i| a[i] + share * (b[i] - a[i]));
            worst = worst.max(norm(sub(p, told)));
            if worst > bound {
                return None;
            }
        }
    }
    Some(worst)
}

/// The largest distance of any point of any frame from what the kept frames tell, in units of the points.
///
/// # Panics
/// As [`keyframes`]; if `kept` doesn't begin with the first frame and end with the last.
pub fn error(frames: &[Vec<Vec3>], at: &[f32], kept: &[usize]) -> f32 {
    assert!(kept.first() == Some(&0) && kept.last() == Some(&(frames.len() - 1)), "both ends are kept");
    kept.windows(2).filter_map(|w| span_error(frames, at, w[0], w[1], f32::INFINITY)).fold(0.0, f32::max)
}

/// `[N]`, what a target adds to the base: positions as they are, directions as well.
pub fn deltas(base: &[Vec3], target: &[Vec3]) -> Vec<Vec3> {
    base.iter().zip(target).map(|(&b, &t)| sub(t, b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points that go round an arc of `angle`, in even steps.
    fn arc(count: usize, angle: f32) -> (Vec<Vec<Vec3>>, Vec<f32>) {
        let at: Vec<f32> = (0..count).map(|i| i as f32 / (count - 1) as f32).collect();
        let frame =
            |&t: &f32| (1..4).map(|r| [r as f32 * (angle * t).cos(), r as f32 * (angle * t).sin(), t]).collect();
        (at.iter().map(frame).collect(), at)
    }

    #[test]
    fn a_straight_way_needs_its_ends_only() {
        let at = [0.0, 0.1, 0.5, 1.0];
        let frames: Vec<Vec<Vec3>> = at.iter().map(|&t| vec![[t, 2.0 * t, 0.0], [1.0 - t, 0.0, t]]).collect();
        assert_eq!(keyframes(&frames, &at, 1e-5), [0, 3]);
        // The same way at another pace is not straight in time.
        assert_eq!(keyframes(&frames, &[0.0, 0.3, 0.5, 1.0], 1e-5).len(), 4);
    }

    #[test]
    fn a_bend_is_kept_within_the_bound_and_no_frame_more() {
        let (frames, at) = arc(33, std::f32::consts::PI);
        let mut last = usize::MAX;
        for bound in [0.01, 0.1, 0.5, 5.0] {
            let kept = keyframes(&frames, &at, bound);
            assert!(error(&frames, &at, &kept) <= bound && kept.len() <= last, "{bound}: {kept:?}");
            last = kept.len();
        }
        assert_eq!(last, 2);
        // An arc of radius 3 over an angle a sags by 3 (1 - cos(a / 2)): 4 chords of half a circle sag by 0.228.
        assert_eq!(keyframes(&frames, &at, 0.23), [0, 8, 16, 24, 32]);
        assert!(keyframes(&frames, &at, 0.22).len() > 5);
    }

    #[test]
    fn nothing_is_smaller_than_what_any_subset_reaches() {
        let (mut frames, at) = arc(8, 2.0);
        frames[3][1][2] += 0.4;
        for bound in [0.05, 0.2, 0.45] {
            let kept = keyframes(&frames, &at, bound);
            let least = (0u32..1 << 6)
                .filter_map(|mask| {
                    let some: Vec<usize> = (0..8).filter(|&i| i == 0 || i == 7 || (mask >> (i - 1)) & 1 == 1).collect();
                    (error(&frames, &at, &some) <= bound).then_some(some.len())
                })
                .min();
            assert_eq!(Some(kept.len()), least);
        }
    }

    #[test]
    fn only_candidates_are_kept_and_what_they_can_t_tell_is_refused() {
        let (frames, at) = arc(33, std::f32::consts::PI);
        let least = error(&frames, &at, &(0..33).step_by(2).collect::<Vec<_>>());
        assert!(keyframes_among(&frames, &at, 2, 0.99 * least).is_none());
        assert_eq!(keyframes_among(&frames, &at, 2, 1.01 * least).map(|kept| kept.len()), Some(17));
        let kept = keyframes_among(&frames, &at, 2, 0.1).unwrap();
        assert!(kept.iter().all(|i| i % 2 == 0) && error(&frames, &at, &kept) <= 0.1, "{kept:?}");
        // The last frame is kept wherever it falls.
        assert_eq!(keyframes_among(&frames[..6], &at[..6], 2, 9.0), Some(vec![0, 5]));
    }

    #[test]
    fn without_a_way_there_is_nothing_to_leave_out() {
        assert_eq!(keyframes(&[], &[], 1.0), Vec::<usize>::new());
        assert_eq!(keyframes(&[vec![[0.0; 3]]], &[0.0], 1.0), [0]);
        let (frames, at) = arc(5, 1.0);
        assert_eq!(keyframes(&frames, &at, 0.0), [0, 1, 2, 3, 4]);
        assert_eq!(deltas(&[[1.0, 2.0, 3.0]], &[[2.0, 2.0, 1.0]]), [[1.0, 0.0, -2.0]]);
    }
}
