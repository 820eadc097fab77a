//! Drawn frames become files in the background: a picture, a GIF, or a folder of numbered PNGs. Each is written under a
//! temporary name and renamed when it is whole.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{Queue, Wake, free_name, kept, whereabouts};
use crate::disk::{self, WriteError};
use crate::draw::Picture;

/// Pixels as a camera gave them, `[height, width, 4]`.
pub struct Shot {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
    /// Drawn over nothing: what is not covered is see-through.
    pub over_nothing: bool,
}

impl Shot {
    fn picture(mut self) -> Result<Picture, FilmError> {
        if self.over_nothing {
            straighten(&mut self.rgba);
        } else {
            self.rgba.chunks_exact_mut(4).for_each(|p| p[3] = 255);
        }
        let (width, height) = (self.width, self.height);
        Picture::from_rgba(width, height, self.rgba).ok_or(FilmError::Size(width, height))
    }
}

/// What is to be done next, in order.
pub enum FilmRequest {
    /// Write this one.
    Picture { path: PathBuf, shot: Shot },
    /// Start a GIF with this many hundredths of a second between frames.
    Gif { path: PathBuf, delay: u16 },
    /// Start a folder of PNGs.
    Frames { path: PathBuf },
    /// The next frame of what was started.
    Frame(Shot),
    /// All frames were given.
    End,
    /// Forget what was started.
    Cancel,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilmOutcome {
    /// A frame was taken in.
    Frame,
    /// A file is there, or a folder: the sentence for the user.
    Wrote(String),
    Cancelled,
    /// The sentence for the user.
    Failed(String),
}

/// Why no film came of it.
#[derive(Debug, Error)]
pub enum FilmError {
    #[error("a picture of {0} x {1} pixels can't be written; choose another size")]
    Size(u32, u32),
    #[error("the GIF can't be encoded: {0}")]
    Gif(#[from] gif::EncodingError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("can't write '{}': {why}; choose another place or make its folder writable", path.display())]
    Folder { path: PathBuf, why: std::io::Error },
}

/// A film that is being put together.
enum Reel {
    Gif { path: PathBuf, delay: u16, encoder: Option<gif::Encoder<Vec<u8>>> },
    Frames { path: PathBuf, folder: tempfile::TempDir, count: u32 },
}

impl Reel {
    fn frame(&mut self, picture: &Picture) -> Result<(), FilmError> {
        match self {
            Self::Gif { delay, encoder, .. } => {
                let size = (picture.width(), picture.height());
                let (Ok(width), Ok(height)) = (u16::try_from(size.0), u16::try_from(size.1)) else {
                    return Err(FilmError::Size(size.0, size.1));
                };
                let encoder = match encoder {
                    Some(encoder) => encoder,
                    None => {
                        let mut new = gif::Encoder::new(Vec::new(), width, height, &[])?;
                        new.set_repeat(gif::Repeat::Infinite)?;
                        encoder.insert(new)
                    }
                };
                let mut rgba = one_bit_alpha(picture.rgba());
                let mut frame = gif::Frame::from_rgba_speed(width, height, &mut rgba, 10);
                frame.delay = *delay;
                // Else a see-through frame would lie on the one before it.
                frame.dispose = gif::DisposalMethod::Background;
                frame.buffer = Cow::Owned(frame.buffer.into_owned());
                encoder.write_frame(&frame)?;
            }
            Self::Frames { folder, count, .. } => {
                *count += 1;
                disk::write(&folder.path().join(format!("{count:04}.png")), &picture.png())?;
            }
        }
        Ok(())
    }

    fn end(self) -> Result<FilmOutcome, FilmError> {
        match self {
            Self::Gif { path, encoder, .. } => {
                let bytes = encoder.map(gif::Encoder::into_inner).transpose()?;
                let (bytes, free) = (bytes.unwrap_or_default(), free_name(&path));
                disk::write(&free, &bytes)?;
                let kilobytes = super::super::panels::grouped(bytes.len().div_ceil(1000));
                Ok(FilmOutcome::Wrote(format!("Wrote {}: {kilobytes} kB{}", whereabouts(&free), kept(&path, &free))))
            }
            Self::Frames { path, folder, count } => {
                let free = free_folder(&path);
                let failed = |why| FilmError::Folder { path: free.clone(), why };
                let temporary = folder.keep();
                // Private while it was temporary: now as the user's own folders are.
                #[cfg(unix)]
                {
                    use std::os::unix::fs::PermissionsExt;
                    std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o755)).map_err(failed)?;
                }
                std::fs::rename(&temporary, &free).map_err(|why| {
                    let _ = std::fs::remove_dir_all(&temporary);
                    failed(why)
                })?;
                Ok(FilmOutcome::Wrote(format!("Wrote {count} frames to {}", whereabouts(&free))))
            }
        }
    }
}

/// `path`, or where it is taken, the first free one of `turn-2`, `turn-3` and so on.
fn free_folder(path: &Path) -> PathBuf {
    if !path.exists() {
        return path.into();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    (2u32..).map(|n| path.with_file_name(format!("{name}-{n}"))).find(|p| !p.exists()).unwrap_or_else(|| path.into())
}

/// The worker of films: one thread, in order.
pub struct Films(Queue<FilmRequest, FilmOutcome>);

impl Films {
    /// Starts the worker; `wake` is called whenever a result is ready.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> std::io::Result<Self> {
        let mut reel: Option<Reel> = None;
        Ok(Self(Queue::start("films", wake, move |request| {
            work(&mut reel, request).unwrap_or_else(|why| {
                // The frames that are still to come belong to nothing.
                reel = None;
                FilmOutcome::Failed(why.to_string())
            })
        })?))
    }

    /// Appends a request.
    pub fn submit(&self, request: FilmRequest) {
        self.0.submit(request);
    }

    /// Results since the last call, in order; never waits.
    pub fn results(&self) -> impl Iterator<Item = FilmOutcome> + '_ {
        self.0.results().map(|r| r.unwrap_or_else(|bug| FilmOutcome::Failed(format!("The film broke off: {bug}."))))
    }
}

fn work(reel: &mut Option<Reel>, request: FilmRequest) -> Result<FilmOutcome, FilmError> {
    match request {
        FilmRequest::Picture { path, shot } => {
            let picture = shot.picture()?;
            let free = free_name(&path);
            disk::write(&free, &picture.png())?;
            let (width, height) = (picture.width(), picture.height());
            let sentence = format!("Wrote {}: {width} x {height} pixels{}", whereabouts(&free), kept(&path, &free));
            return Ok(FilmOutcome::Wrote(sentence));
        }
        FilmRequest::Gif { path, delay } => *reel = Some(Reel::Gif { path, delay, encoder: None }),
        FilmRequest::Frames { path } => {
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let made = std::fs::create_dir_all(parent)
                .and_then(|()| tempfile::Builder::new().prefix(".atlasforge-").suffix(".partial").tempdir_in(parent));
            let folder = made.map_err(|why| FilmError::Folder { path: path.clone(), why })?;
            *reel = Some(Reel::Frames { path, folder, count: 0 });
        }
        FilmRequest::Frame(shot) => {
            if let Some(reel) = reel {
                reel.frame(&shot.picture()?)?;
            }
        }
        FilmRequest::End => {
            if let Some(reel) = reel.take() {
                return reel.end();
            }
        }
        FilmRequest::Cancel => {
            *reel = None;
            return Ok(FilmOutcome::Cancelled);
        }
    }
    Ok(FilmOutcome::Frame)
}

/// GIF knows no half transparent pixel: what is there at all well is there, a silhouette too.
fn one_bit_alpha(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(4).flat_map(|p| if p[3] < 96 { [0; 4] } else { [p[0], p[1], p[2], 255] }).collect()
}

/// From colours that were multiplied by their alpha in linear light, as a camera draws them over nothing, to straight
/// ones, as PNG wants them. Light without a body (an x-ray) is given as much body as it shines.
fn straighten(rgba: &mut [u8]) {
    let linear: Vec<f32> = (0..=255u8).map(|b| decoded(f32::from(b) / 255.0)).collect();
    for pixel in rgba.chunks_exact_mut(4).filter(|p| p[3] < 255) {
        let light = [0, 1, 2].map(|i| linear[usize::from(pixel[i])]);
        let alpha = light.into_iter().fold(f32::from(pixel[3]) / 255.0, f32::max);
        for i in 0..3 {
            pixel[i] = if alpha > 0.0 { byte(encoded(light[i] / alpha)) } else { 0 };
        }
        pixel[3] = byte(alpha);
    }
}

fn byte(x: f32) -> u8 {
    (x.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn decoded(x: f32) -> f32 {
    if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
}

fn encoded(x: f32) -> f32 {
    if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::*;

    /// Does all requests and gives the outcomes.
    fn done(requests: Vec<FilmRequest>) -> Vec<FilmOutcome> {
        let films = Films::start(Arc::new(|| {})).unwrap();
        let count = requests.len();
        requests.into_iter().for_each(|r| films.submit(r));
        let (mut outcomes, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(60));
        while outcomes.len() < count && Instant::now() < deadline {
            outcomes.extend(films.results());
            std::thread::sleep(Duration::from_millis(2));
        }
        outcomes
    }

    fn shot(width: u32, height: u32, colour: [u8; 4]) -> Shot {
        Shot { width, height, rgba: colour.repeat((width * height) as usize), over_nothing: true }
    }

    fn frames() -> Vec<Shot> {
        [[200, 30, 30, 255], [30, 200, 30, 255], [0; 4]].map(|c| shot(20, 12, c)).into()
    }

    #[test]
    fn a_gif_has_every_frame_its_time_and_its_holes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turn.gif");
        std::fs::write(&path, b"an older one").unwrap();
        let mut requests = vec![FilmRequest::Gif { path: path.clone(), delay: 7 }];
        requests.extend(frames().into_iter().map(FilmRequest::Frame));
        requests.push(FilmRequest::End);
        let outcomes = done(requests);
        assert!(matches!(&outcomes[4], FilmOutcome::Wrote(s) if s.contains("turn-2.gif") && s.contains("was kept")));
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut file = options.read_info(std::fs::File::open(folder.path().join("turn-2.gif")).unwrap()).unwrap();
        assert_eq!((file.width(), file.height(), file.repeat()), (20, 12, gif::Repeat::Infinite));
        let mut seen = Vec::new();
        while let Some(frame) = file.read_next_frame().unwrap() {
            seen.push((frame.delay, frame.buffer[0] > 100, frame.buffer[3]));
        }
        assert_eq!(seen, [(7, true, 255), (7, false, 255), (7, false, 0)]);
    }

    #[test]
    fn numbered_frames_come_as_a_whole_folder_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turn");
        let roll = |end: FilmRequest| {
            let mut requests = vec![FilmRequest::Frames { path: path.clone() }];
            requests.extend(frames().into_iter().map(FilmRequest::Frame));
            requests.push(end);
            done(requests)
        };
        assert_eq!(roll(FilmRequest::Cancel).last(), Some(&FilmOutcome::Cancelled));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a cancelled film leaves nothing");
        for name in ["turn", "turn-2"] {
            assert!(matches!(roll(FilmRequest::End).last(), Some(FilmOutcome::Wrote(_))));
            assert_eq!(std::fs::read_dir(folder.path().join(name)).unwrap().count(), 3);
        }
        assert!(image::open(folder.path().join("turn/0003.png")).unwrap().to_rgba8().pixels().all(|p| p.0[3] == 0));
    }

    #[test]
    fn a_place_that_can_t_be_written_is_named_and_the_frames_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"x").unwrap();
        let outcomes = done(vec![
            FilmRequest::Frames { path: file.join("turn") },
            FilmRequest::Frame(shot(4, 4, [9; 4])),
            FilmRequest::End,
        ]);
        assert!(matches!(&outcomes[0], FilmOutcome::Failed(s) if s.contains("turn")), "{outcomes:?}");
        assert_eq!(outcomes[1..], [FilmOutcome::Frame, FilmOutcome::Frame]);
    }

    #[test]
    fn straight_colours_come_out_of_multiplied_ones() {
        // White at half cover: linear 0.5 is 188 in sRGB.
        let mut pixels = [188, 188, 188, 128, 10, 20, 30, 255, 0, 0, 0, 0, 188, 0, 0, 0];
        straighten(&mut pixels);
        assert_eq!(pixels[3], 128);
        assert!(pixels[..3].iter().all(|&c| c >= 254), "{pixels:?}");
        assert_eq!(pixels[4..12], [10, 20, 30, 255, 0, 0, 0, 0]);
        assert_eq!((pixels[12], pixels[13]), (255, 0));
        assert!(pixels[15].abs_diff(128) < 2);
    }
}
