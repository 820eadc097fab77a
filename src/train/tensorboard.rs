//! TensorBoard's event files: protobuf messages, encoded by hand, each in a frame of its own.
//!
//! Frame (TensorFlow's record_writer): length as u64, masked CRC-32C of the length, payload, masked CRC-32C of the
//! payload, everything little-endian. Messages (event.proto, summary.proto): `Event { wall_time = 1: double, step = 2:
//! int64, file_version = 3: string, summary = 5, session_log = 7 }`, `Summary { repeated Value value = 1 }`,
//! `Value { tag = 1: string, simple_value = 2: float }`, `SessionLog { status = 1: enum, START = 1 }`.

use std::io::{self, Write};

/// Writes events to one file.
#[derive(Debug)]
pub struct EventWriter<W: Write> {
    out: W,
}

impl<W: Write> EventWriter<W> {
    /// Starts a file whose first step will be `first`. Whatever earlier files of the same folder hold at that step or
    /// beyond, TensorBoard forgets: those steps are about to be done again. `seconds` since 1970.
    ///
    /// # Errors
    /// What the writer says.
    pub fn start(out: W, first: u64, seconds: f64) -> io::Result<Self> {
        let mut writer = Self { out };
        writer.frame(&event(seconds, 0, |e| bytes(e, 3, b"brain.Event:2")))?;
        writer.frame(&event(seconds, first, |e| bytes(e, 7, &[0x08, 0x01])))?;
        Ok(writer)
    }

    /// One step's numbers by tag; `seconds` since 1970.
    ///
    /// # Errors
    /// What the writer says.
    pub fn scalars(&mut self, step: u64, seconds: f64, values: &[(&str, f64)]) -> io::Result<()> {
        let mut summary = Vec::new();
        for (tag, value) in values {
            let mut entry = Vec::new();
            bytes(&mut entry, 1, tag.as_bytes());
            entry.push(2 << 3 | 5);
            entry.extend((*value as f32).to_le_bytes());
            bytes(&mut summary, 1, &entry);
        }
        self.frame(&event(seconds, step, |e| bytes(e, 5, &summary)))
    }

    /// The whole frame in one write, so that a reader rarely meets half of one.
    fn frame(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = (payload.len() as u64).to_le_bytes();
        let mut frame = Vec::with_capacity(payload.len() + 16);
        frame.extend(length);
        frame.extend(masked(&length).to_le_bytes());
        frame.extend(payload);
        frame.extend(masked(payload).to_le_bytes());
        self.out.write_all(&frame)?;
        self.out.flush()
    }
}

/// CRC-32C, rotated and shifted so that the checksum of data that holds checksums stays a good one.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn event(seconds: f64, step: u64, what: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut message = vec![1 << 3 | 1];
    message.extend(seconds.to_le_bytes());
    message.push(2 << 3);
    varint(&mut message, step);
    what(&mut message);
    message
}

/// A length-delimited field: string, bytes or message.
fn bytes(into: &mut Vec<u8>, field: u8, data: &[u8]) {
    into.push(field << 3 | 2);
    varint(into, data.len() as u64);
    into.extend(data);
}

fn varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Payloads of a file, every checksum verified; the CRC is computed bit by bit here, not by the writer's crate.
    fn payloads(mut file: &[u8]) -> Vec<Vec<u8>> {
        fn slow_mask(data: &[u8]) -> u32 {
            let mut crc = !0u32;
            for byte in data {
                crc ^= u32::from(*byte);
                (0..8).for_each(|_| crc = (crc >> 1) ^ (0x82f6_3b78 & 0u32.wrapping_sub(crc & 1)));
            }
            let crc = !crc;
            crc.rotate_right(15).wrapping_add(0xa282_ead8)
        }
        let mut found = Vec::new();
        while !file.is_empty() {
            let (length, rest) = file.split_at(8);
            let n = u64::from_le_bytes(length.try_into().unwrap()) as usize;
            assert_eq!(u32::from_le_bytes(rest[..4].try_into().unwrap()), slow_mask(length));
            let payload = &rest[4..4 + n];
            assert_eq!(u32::from_le_bytes(rest[4 + n..8 + n].try_into().unwrap()), slow_mask(payload));
            found.push(payload.to_vec());
            file = &rest[8 + n..];
        }
        found
    }

    #[test]
    fn frames_hold_the_messages_that_tensorboard_reads() {
        let mut file = Vec::new();
        let mut writer = EventWriter::start(&mut file, 300, 2.0).unwrap();
        writer.scalars(300, 2.5, &[("train/loss", 0.5), ("train/kl", -2.0)]).unwrap();
        let two = 2.0f64.to_le_bytes();
        let expected = [
            [&[0x09][..], &two, &[0x10, 0, 0x1a, 13], b"brain.Event:2"].concat(),
            [&[0x09][..], &two, &[0x10, 0xac, 0x02, 0x3a, 2, 0x08, 1]].concat(),
            [
                &[0x09][..],
                &2.5f64.to_le_bytes(),
                &[0x10, 0xac, 0x02, 0x2a, 36, 0x0a, 17, 0x0a, 10],
                b"train/loss",
                &[0x15, 0, 0, 0, 0x3f, 0x0a, 15, 0x0a, 8],
                b"train/kl",
                &[0x15, 0, 0, 0, 0xc0],
            ]
            .concat(),
        ];
        assert_eq!(payloads(&file), expected);
    }

    #[test]
    fn the_mask_is_tensorflows() {
        // CRC-32C of "123456789" is e3069283 (RFC 3720); masked by hand.
        let crc = 0xe306_9283u32;
        assert_eq!(masked(b"123456789"), crc.rotate_right(15).wrapping_add(0xa282_ead8));
    }
}
