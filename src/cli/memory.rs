//! Keeps freed memory for the next training step.

/// A training step allocates and frees the same large tensors again and again. glibc gives each such block back to the
/// system at once, and the pages are then faulted in and zeroed anew: on two cores that is a third of a step. Raising
/// its thresholds keeps them. Elsewhere this does nothing.
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let set = |parameter, value| {
            // SAFETY: mallopt only sets a number in the allocator, and takes its own lock.
            #[allow(unsafe_code)]
            unsafe {
                libc::mallopt(parameter, value) == 1
            }
        };
        // Some versions refuse a threshold above 32 MiB.
        let _kept = set(libc::M_MMAP_THRESHOLD, 1 << 30) || set(libc::M_MMAP_THRESHOLD, 32 << 20);
        set(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
        set(libc::M_TOP_PAD, 256 << 20);
    }
}
