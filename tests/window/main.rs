//! The real window under Xvfb, driven by a real pointer and real keys: skipped, with the reason, where there is no
//! Xvfb, no xdotool or no Vulkan driver.
#![cfg(all(feature = "viewer", target_os = "linux"))]

mod app;
mod drop;
mod journey;
#[path = "../screen/mod.rs"]
mod screen;
mod slider;
