//! Where the numbers lie: accessors in buffer views, one view for all that is of one kind and form.

use super::{compress, document as doc};

/// What a view holds. Views follow each other as they were first asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Position,
    Normal,
    Tangent,
    Texcoord,
    Colour,
    TargetPosition,
    TargetNormal,
    TargetTangent,
    Indices,
    Animation,
}

/// How each element of a block is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// glTF's number of the component type.
    pub component: u32,
    pub normalized: bool,
    /// `VEC3` and the like.
    pub kind: &'static str,
    /// Bytes from one element to the next, a multiple of 4 for attributes of vertices.
    pub stride: usize,
    /// What undoes the form that the bytes have; only where they are compressed.
    pub filter: Option<&'static str>,
}

/// The values of one accessor.
#[derive(Clone, Debug)]
pub struct Block {
    pub form: Form,
    pub bytes: Vec<u8>,
    pub min: Vec<f32>,
    pub max: Vec<f32>,
}

struct View {
    /// `None` for an image.
    content: Option<(Role, Form)>,
    bytes: Vec<u8>,
}

/// A binary chunk under way.
#[derive(Default)]
pub struct Layout {
    views: Vec<View>,
    accessors: Vec<doc::Accessor>,
}

/// The binary chunk and what describes it.
#[derive(Default)]
pub struct Laid {
    pub binary: Vec<u8>,
    pub accessors: Vec<doc::Accessor>,
    pub views: Vec<doc::BufferView>,
    pub buffers: Vec<doc::Buffer>,
}

impl Layout {
    /// Adds a block; its accessor's index.
    pub fn add(&mut self, role: Role, block: Block) -> usize {
        let Block { form, bytes, min, max } = block;
        let content = Some((role, form));
        let view = self.views.iter().position(|view| view.content == content).unwrap_or_else(|| {
            self.views.push(View { content, bytes: Vec::new() });
            self.views.len() - 1
        });
        let into = &mut self.views[view].bytes;
        self.accessors.push(doc::Accessor {
            buffer_view: view,
            byte_offset: into.len(),
            component_type: form.component,
            normalized: form.normalized,
            count: bytes.len() / form.stride,
            kind: form.kind,
            min,
            max,
        });
        into.extend(bytes);
        self.accessors.len() - 1
    }

    /// Adds a file of its own; its view's index.
    pub fn embed(&mut self, file: &[u8]) -> usize {
        self.views.push(View { content: None, bytes: file.to_vec() });
        self.views.len() - 1
    }

    /// The views one behind the other, each at a multiple of 4; compressed ones as `EXT_meshopt_compression` has it: their
    /// own place is in a second buffer that holds nothing.
    ///
    /// # Errors
    /// When meshopt can't encode a view.
    pub fn finish(self, compressed: bool) -> Result<Laid, meshopt::Error> {
        let mut laid = Laid { accessors: self.accessors, ..Default::default() };
        let mut unpacked = 0;
        for View { content, bytes } in self.views {
            laid.binary.resize(laid.binary.len().next_multiple_of(4), 0);
            let byte_offset = laid.binary.len();
            let (byte_stride, target) = match content {
                None | Some((Role::Animation, _)) => (None, None),
                Some((Role::Indices, _)) => (None, Some(doc::ELEMENT_ARRAY_BUFFER)),
                Some((_, form)) => (Some(form.stride), Some(doc::ARRAY_BUFFER)),
            };
            let mut view = doc::BufferView {
                buffer: 0,
                byte_offset,
                byte_length: bytes.len(),
                byte_stride,
                target,
                extensions: None,
            };
            match content.filter(|(role, _)| compressed && *role != Role::Animation) {
                None => laid.binary.extend(bytes),
                Some((role, Form { stride, filter, .. })) => {
                    let indices = role == Role::Indices;
                    let encoded =
                        if indices { compress::indices(&bytes, stride)? } else { compress::vertices(&bytes, stride)? };
                    let meshopt = doc::Compressed {
                        buffer: 0,
                        byte_offset,
                        byte_length: encoded.len(),
                        byte_stride: stride,
                        count: bytes.len() / stride,
                        mode: if indices { "TRIANGLES" } else { "ATTRIBUTES" },
                        filter,
                    };
                    (view.buffer, view.byte_offset) = (1, unpacked);
                    view.extensions = Some(doc::Meshopt { meshopt });
                    unpacked = (unpacked + bytes.len()).next_multiple_of(4);
                    laid.binary.extend(encoded);
                }
            }
            laid.views.push(view);
        }
        laid.buffers.push(doc::Buffer { uri: None, byte_length: laid.binary.len(), extensions: None });
        if unpacked > 0 {
            let extensions = Some(doc::Meshopt { meshopt: doc::Fallback { fallback: true } });
            laid.buffers.push(doc::Buffer { uri: None, byte_length: unpacked, extensions });
        }
        Ok(laid)
    }
}
